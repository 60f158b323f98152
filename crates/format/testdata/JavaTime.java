// Writes the golden tables beside it with the real java.time, in Locale.US:
//
//     java JavaTime.java timestamps > java-timestamps.tsv    (zone, epoch milliseconds, pattern, text)
//     java JavaTime.java letters    > java-letters.tsv       (letter, the counts that Java takes)
//     java JavaTime.java zones      > java-zones.tsv         (zone, name and offset at a January and a July)
//     java JavaTime.java names      > ../src/prefix/zone_names.tsv   (what `z` and `zzzz` print)
//
// The committed tables are those of OpenJDK 17.0.15, time zone data 2025a.
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.*;
import java.util.stream.Collectors;

public class JavaTime {
    static final List<String> PATTERNS = List.of(
        "yyyy/MM/dd/HH/", "yyyy-MM-dd-HH-mm-ss", "'year='yyyy'/month='MM", "yyyy''MM", "'it''s' yyyy", "''", "'literal only'",
        "yyyy.MM.dd=HH:mm:ss,SSS", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "EEE, d MMM yyyy HH:mm:ss Z", "YYYY-'W'ww-e", "h:mm a", "[yyyy]-[MM]", "yyyy[",
        "G", "GG", "GGG", "GGGG", "GGGGG", "u", "uu", "uuu", "uuuu", "uuuuu", "y", "yy", "yyy", "yyyy", "yyyyy", "yyyyyyyy",
        "Y", "YY", "YYY", "YYYY", "YYYYY", "M", "MM", "MMM", "MMMM", "MMMMM", "L", "LL", "LLL", "LLLL", "LLLLL",
        "Q", "QQ", "QQQ", "QQQQ", "QQQQQ", "q", "qq", "qqq", "qqqq", "qqqqq", "w", "ww", "W", "d", "dd", "D", "DD", "DDD",
        "E", "EE", "EEE", "EEEE", "EEEEE", "e", "ee", "eee", "eeee", "eeeee", "c", "ccc", "cccc", "ccccc", "F", "a",
        "h", "hh", "H", "HH", "k", "kk", "K", "KK", "m", "mm", "s", "ss", "S", "SS", "SSS", "SSSS", "SSSSSSSSS",
        "A", "AAAAAAAAAA", "n", "nnnnnnnnnn", "N", "NNNNNNNNNNNNNNNNNNN", "O", "OOOO", "x", "xx", "xxx", "xxxx", "xxxxx",
        "X", "XX", "XXX", "XXXX", "XXXXX", "Z", "ZZ", "ZZZ", "ZZZZ", "ZZZZZ", "z", "zz", "zzz", "zzzz", "~^!@%&*()_+=|<>?;:-. \u6771");
    static final String ALL = "G y u D M L d Q q Y w W E e c F a h K k H m s SSSSSS A n N z O OOOO x xx xxxx X XXXXX Z ZZZZZ";
    static final List<String> ZONES = List.of("UTC", "Asia/Tokyo", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Europe/Dublin", "Africa/Monrovia", "Pacific/Kiritimati");
    static final List<String> INSTANTS = List.of(
        "1970-01-01T00:00:00Z", "1972-01-07T00:44:29.999Z", "1999-12-31T23:59:59.999Z", "2000-02-29T12:00:00Z", "2015-10-21T07:28:00.007Z",
        "2016-12-31T12:00:00Z", "2017-01-01T00:00:00Z", "2018-08-27T10:30:00Z", "2022-01-01T13:05:09.120Z", "2023-12-30T23:59:59Z",
        "2023-12-31T00:00:00Z", "2024-02-29T18:01:02.345Z", "2024-03-10T06:59:59Z", "2024-03-10T07:00:00Z", "2024-11-03T05:30:00Z", "2024-11-03T06:30:00Z",
        "2026-07-13T14:15:16.178Z", "2060-12-28T23:00:00Z");

    static void timestamps() {
        int turn = 0;
        for (String pattern : PATTERNS)
            for (int i = 0; i < 9; i++, turn += 5)
                line(ZONES.get(i % ZONES.size()), INSTANTS.get(turn % INSTANTS.size()), pattern);
        for (String zone : ZONES)
            for (String instant : INSTANTS)
                line(zone, instant, ALL);
    }

    static void line(String zone, String instant, String pattern) {
        Instant at = Instant.parse(instant);
        String text = DateTimeFormatter.ofPattern(pattern, Locale.US).format(at.atZone(ZoneId.of(zone)));
        System.out.println(zone + "\t" + at.toEpochMilli() + "\t" + pattern + "\t" + text);
    }

    static void letters() {
        for (char letter : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".toCharArray()) {
            List<String> taken = new ArrayList<>();
            for (int count = 1; count <= 21; count++)
                try {
                    DateTimeFormatter.ofPattern(String.valueOf(letter).repeat(count), Locale.US);
                    taken.add(String.valueOf(count));
                } catch (IllegalArgumentException refused) {
                    // not in the list
                }
            System.out.println(letter + "\t" + String.join(" ", taken));
        }
    }

    static void zones() {
        DateTimeFormatter text = DateTimeFormatter.ofPattern("z/zzzz/XXXXX", Locale.US);
        for (String id : new TreeSet<>(ZoneId.getAvailableZoneIds()))
            if (!id.startsWith("SystemV/"))
                System.out.println(id + "\t" + text.format(Instant.parse("2024-01-15T12:00:00Z").atZone(ZoneId.of(id)))
                    + "\t" + text.format(Instant.parse("2024-07-15T12:00:00Z").atZone(ZoneId.of(id))));
    }

    // A name depends on the zone and on whether daylight saving is in force, and on nothing else.
    static void names() {
        Map<String, List<String>> zonesOfNames = new TreeMap<>();
        for (String id : new TreeSet<>(ZoneId.getAvailableZoneIds())) {
            ZoneId zone = ZoneId.of(id);
            ZoneRules rules = zone.getRules();
            Map<Boolean, String> names = new HashMap<>();
            Instant at = Instant.EPOCH;
            for (int transitions = 0; transitions < 200; transitions++) {
                ZonedDateTime local = at.atZone(zone);
                names.put(rules.isDaylightSavings(at), DateTimeFormatter.ofPattern("z\tzzzz", Locale.US).format(local));
                ZoneOffsetTransition next = rules.nextTransition(at);
                if (next == null) break;
                at = next.getInstant();
            }
            String standard = names.getOrDefault(false, "\t");
            if (!id.startsWith("SystemV/"))
                zonesOfNames.computeIfAbsent(standard + "\t" + names.getOrDefault(true, "\t"), none -> new ArrayList<>()).add(id);
        }
        zonesOfNames.forEach((names, zones) -> System.out.println(names + "\t" + zones.stream().collect(Collectors.joining(" "))));
    }

    // For a wider comparison by hand: every zone, pseudo-random instants; not committed.
    static void wide() {
        Random random = new Random(1);
        for (String id : new TreeSet<>(ZoneId.getAvailableZoneIds()))
            if (!id.startsWith("SystemV/"))
                for (int i = 0; i < 60; i++)
                    line(id, Instant.ofEpochMilli((long) (random.nextDouble() * 4_000_000_000_000L)).toString(), ALL + " zzzz YYYY ww W e");
    }

    public static void main(String[] arguments) throws Exception {
        System.setOut(new java.io.PrintStream(System.out, true, "UTF-8"));
        switch (arguments[0]) {
            case "timestamps" -> timestamps();
            case "letters" -> letters();
            case "zones" -> zones();
            case "names" -> names();
            case "wide" -> wide();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }
}
