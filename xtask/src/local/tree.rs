//! Objects as a tree of folders, the way they lie in the bucket.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Leaves that are drawn of one folder; of more, the first and the last are, and how many lie between.
const LEAVES_SHOWN_MAX: usize = 12;

/// A folder.
#[derive(Default)]
struct Folder {
    folders: BTreeMap<String, Folder>,
    leaves: BTreeMap<String, String>,
}

/// Draws `leaves`, each a path with slashes and what to say beside it, below `root`.
pub fn draw(root: &str, leaves: impl IntoIterator<Item = (String, String)>) -> String {
    let mut top = Folder::default();
    for (path, note) in leaves {
        let mut folder = &mut top;
        let mut rest = path.as_str();
        while let Some((name, below)) = rest.split_once('/') {
            folder = folder.folders.entry(name.to_owned()).or_default();
            rest = below;
        }
        folder.leaves.insert(rest.to_owned(), note);
    }
    let mut drawn = format!("{root}\n");
    top.draw(&mut drawn, "");
    drawn
}

impl Folder {
    fn draw(&self, out: &mut String, indent: &str) {
        let leaves = self.shown_leaves();
        let mut left = self.folders.len() + leaves.len();
        let mut branch = || {
            left -= 1;
            if left == 0 { ("└── ", "    ") } else { ("├── ", "│   ") }
        };
        for (name, folder) in &self.folders {
            let (arm, below) = branch();
            let (path, folder) = folder.folded(name);
            let _ = writeln!(out, "{indent}{arm}{path}/");
            folder.draw(out, &format!("{indent}{below}"));
        }
        for line in leaves {
            let (arm, _) = branch();
            let _ = writeln!(out, "{indent}{arm}{line}");
        }
    }

    /// Folders that hold nothing but one folder are one line with it.
    fn folded(&self, name: &str) -> (String, &Self) {
        match (self.folders.iter().next(), self.folders.len(), self.leaves.len()) {
            (Some((inner, folder)), 1, 0) => {
                let (path, folder) = folder.folded(inner);
                (format!("{name}/{path}"), folder)
            }
            _ => (name.to_owned(), self),
        }
    }

    fn shown_leaves(&self) -> Vec<String> {
        let width = self.leaves.keys().map(|name| name.chars().count()).max().unwrap_or(0);
        let line = |(name, note): (&String, &String)| format!("{name:width$}  {note}");
        let count = self.leaves.len();
        if count <= LEAVES_SHOWN_MAX {
            return self.leaves.iter().map(line).collect();
        }
        let first = self.leaves.iter().take(LEAVES_SHOWN_MAX - 2).map(line);
        let between = format!("… and {} more", count - (LEAVES_SHOWN_MAX - 1));
        first.chain([between]).chain(self.leaves.iter().last().map(line)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_folded_and_leaves_stand_in_a_column() {
        let leaf = |path: &str, note: &str| (path.to_owned(), note.to_owned());
        let drawn = draw(
            "bucket",
            [leaf("2015/10/27/01/a", "1 B"), leaf("2015/10/27/02/long-name", "2 B"), leaf("2015/10/27/02/b", "3 B")],
        );
        let expected = "bucket\n\
            └── 2015/10/27/\n    \
                ├── 01/\n    │   └── a  1 B\n    \
                └── 02/\n        ├── b          3 B\n        └── long-name  2 B\n";
        assert_eq!(drawn, expected);
    }

    #[test]
    fn of_many_leaves_the_first_and_the_last_are_drawn() {
        let drawn = draw("b", (0..100).map(|n| (format!("k{n:03}"), String::new())));
        assert_eq!(drawn.lines().count(), 1 + LEAVES_SHOWN_MAX);
        assert!(drawn.contains("k000") && drawn.contains("… and 89 more") && drawn.contains("k099"));
    }
}
