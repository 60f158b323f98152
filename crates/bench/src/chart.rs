//! The chart: how long each handler takes for the same event, as a picture that is readable on light and on dark.

use std::fmt::Write as _;

use crate::figure::short;
use crate::machine::Machine;
use crate::peer::Peer;
use crate::run::Bar;
use penstock_gates::workload::Kind;

const WIDTH: f64 = 860.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 70.0;
const TOP: f64 = 92.0;
const BAR: f64 = 14.0;
const GAP: f64 = 4.0;
const GROUP_GAP: f64 = 18.0;
const FOOT: f64 = 78.0;

/// So many versions fit on a line.
const VERSIONS_A_LINE: usize = 6;

/// The picture's colours: an image in a page follows the reader's scheme by itself.
const STYLE: &str = "text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}\
.title{font-size:18px;font-weight:600}.note{font-size:12px;fill:#59636e}.foot{font-size:11px}.name{font-size:13px}\
.value{font-size:12px;font-variant-numeric:tabular-nums}.ground{fill:#fff}.rule{stroke:#d1d9e0}\
.a{fill:#7cc4e8}.b{fill:#2f8fc4}.c{fill:#155a85}.ours .name,.ours .value{font-weight:600}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.note{fill:#9198a1}.ground{fill:#0d1117}.rule{stroke:#3d444d}\
.a{fill:#9ad7f5}.b{fill:#4aa8dd}.c{fill:#2b7bb0}}";

/// Draws the bars, grouped by handler, the quickest first. None of no bars.
pub fn draw(bars: &[Bar], machine: &Machine) -> Option<String> {
    let groups = groups(bars);
    let most = bars.iter().map(|bar| bar.times).fold(f64::NAN, f64::max);
    if !most.is_finite() {
        return None;
    }
    let count: usize = groups.iter().map(|(_, bars)| bars.len()).sum();
    #[expect(clippy::cast_precision_loss, reason = "a handful of bars")]
    let height = TOP + count as f64 * (BAR + GAP) + groups.len() as f64 * GROUP_GAP + FOOT;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"title note\">\n<style>{STYLE}</style>\n\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\" rx=\"6\"/>\n\
         <text class=\"title\" id=\"title\" x=\"20\" y=\"32\">Time for a 6 MB event from Lambda to an object in S3, warm</text>\n\
         <text class=\"note\" id=\"note\" x=\"20\" y=\"52\">times Penstock's, same run; TLS on loopback; shorter is better</text>\n"
    );
    let mut x = 20.0;
    for kind in Kind::ALL {
        let words = format!("{}: {}", kind.letter(), kind.words());
        let _ =
            writeln!(svg, "<rect class=\"{}\" x=\"{x}\" y=\"64\" width=\"10\" height=\"10\" rx=\"2\"/>", kind.letter());
        let _ = writeln!(svg, "<text class=\"note\" x=\"{}\" y=\"73\">{words}</text>", x + 15.0);
        #[expect(clippy::cast_precision_loss, reason = "a short text")]
        let width = words.len() as f64;
        x += 34.0 + width * 6.2;
    }
    let mut y = TOP;
    for (peer, bars) in &groups {
        group(&mut svg, &mut y, *peer, bars, most);
    }
    let rule = height - FOOT + 6.0;
    let _ = writeln!(svg, "<line class=\"rule\" x1=\"20\" x2=\"{}\" y1=\"{rule}\" y2=\"{rule}\"/>", WIDTH - 20.0);
    let versions = machine
        .versions
        .chunks(VERSIONS_A_LINE)
        .map(|some| some.iter().map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>().join(", "));
    let mut y = rule + 20.0;
    for text in std::iter::once(format!("{}; {}", machine.date, machine.words)).chain(versions) {
        let _ = writeln!(svg, "<text class=\"note foot\" x=\"20\" y=\"{y}\">{}</text>", escaped(&text));
        y += 17.0;
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

/// One handler's bars.
fn group(svg: &mut String, y: &mut f64, peer: Peer, bars: &[Bar], most: f64) {
    #[expect(clippy::cast_precision_loss, reason = "a handful of bars")]
    let middle = *y + bars.len() as f64 * (BAR + GAP) / 2.0 + 3.0;
    let ours = if peer == Peer::Penstock { " class=\"ours\"" } else { "" };
    let _ = writeln!(svg, "<g{ours}>\n<text class=\"name\" x=\"20\" y=\"{middle}\">{}</text>", escaped(peer.words()));
    for bar in bars {
        let width = ((WIDTH - LEFT - RIGHT) * bar.times / most).max(1.0);
        let _ = writeln!(
            svg,
            "<rect class=\"{}\" x=\"{LEFT}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\"/>\
             <text class=\"value\" x=\"{:.1}\" y=\"{:.1}\">{}×</text>",
            bar.kind.letter(),
            *y,
            LEFT + width + 6.0,
            *y + BAR - 3.0,
            short(bar.times)
        );
        *y += BAR + GAP;
    }
    svg.push_str("</g>\n");
    *y += GROUP_GAP;
}

/// Bars by handler, the quickest handler first.
fn groups(bars: &[Bar]) -> Vec<(Peer, Vec<Bar>)> {
    let mut groups: Vec<(Peer, Vec<Bar>)> = Vec::new();
    for bar in bars {
        match groups.iter_mut().find(|(peer, _)| *peer == bar.peer) {
            Some((_, group)) => group.push(*bar),
            None => groups.push((bar.peer, vec![*bar])),
        }
    }
    let sum = |group: &[Bar]| group.iter().map(|bar| bar.times).sum::<f64>();
    groups.sort_by(|(_, a), (_, b)| sum(a).total_cmp(&sum(b)));
    groups
}

/// A text as XML has it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bar_is_drawn_as_long_as_it_says() {
        let machine = Machine {
            date: "2026-11-28".to_owned(),
            words: "A <1> & B".to_owned(),
            versions: vec![("x", "1".to_owned())],
        };
        let bar = |peer, kind, times| Bar { peer, kind, times };
        let bars = [
            bar(Peer::Post, Kind::Sensors, 30.0),
            bar(Peer::Penstock, Kind::Sensors, 1.0),
            bar(Peer::Post, Kind::Requests, 15.0),
        ];
        let svg = draw(&bars, &machine).unwrap();
        assert!(svg.find(">Penstock<") < svg.find(">Python, as posted<"), "the quickest first");
        for text in ["width=\"640.0\"", "width=\"320.0\"", ">30×<", ">15×<", "A &lt;1&gt; &amp; B", "2026-11-28", "x 1"]
        {
            assert!(svg.contains(text), "{text}");
        }
        assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
        assert_eq!(draw(&[], &machine), None);
    }
}
