package muster.templating;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import muster.balancing.Announcement;
import muster.balancing.Announcement.Presence;
import muster.balancing.Announcement.Service;

/** Nodes whose names and tags are made to break configurations. The same seed makes the same ones. */
final class Hostile {
    private static final String[] PIECES = {
        "\n",
        "\r",
        "\r\n",
        "\u0000",
        "\t",
        " ",
        "  ",
        "\"",
        "'",
        "`",
        "\\",
        "\\\n",
        "#",
        "//",
        "/*",
        ";",
        "{",
        "}",
        "{{",
        "}}",
        "{$HOME}",
        "{env.HOME}",
        "$",
        "${HOME}",
        "$host",
        "%",
        "%[env(HOME)]",
        "%%",
        "<",
        "<<EOF",
        ">",
        "&",
        "|",
        "*",
        "?",
        "!",
        "(",
        ")",
        "[",
        "]",
        ",",
        "=",
        ":",
        "@",
        "~",
        "-",
        "--",
        "---",
        "...",
        "\u0085",
        "\u00a0",
        "\u2028",
        "\u2029",
        "\u202e",
        "\ufeff",
        "\ud800",
        "\udc00",
        "\ud83d\ude00",
        "é",
        "\\x0a",
        "\\u000a",
        "&#10;",
        "\u001b[2J",
        "\u007f",
        "server",
        "include",
        "import",
        "}\nbackend x\n server y 6.6.6.6:1",
        "\" 6.6.6.6 \"",
        "web",
        "a",
        "B",
        "7",
        "_",
        ".",
        "/",
        "x-y",
        "null",
        "yes",
        "0x0a",
        "1e9",
        "\\\"",
        "\\'",
        "'\"",
        "a'b",
        "\u0001"
    };

    private Hostile() {}

    static String text(Random random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(5); i >= 0; i--) {
            text.append(
                    random.nextInt(8) == 0
                            ? String.valueOf((char) random.nextInt(0x10000))
                            : PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }

    /** At most {@code most} nodes that offer web. */
    static List<Announcement> nodes(Random random, int most) {
        var nodes = new ArrayList<Announcement>();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            var tags = new TreeMap<String, String>();
            for (int t = random.nextInt(3); t >= 0; t--) {
                tags.put(random.nextBoolean() ? "zone" : text(random), text(random));
            }
            String host = switch (random.nextInt(8)) {
                case 0 -> "fe80::" + Integer.toHexString(random.nextInt(0x10000));
                case 1 -> text(random);
                default -> "10.0." + random.nextInt(256) + "." + random.nextInt(256);
            };
            String name = random.nextInt(3) == 0 ? "web" + random.nextInt(4) : text(random);
            int port = 1 + random.nextInt(65_535);
            int weight = random.nextInt(1_001);
            nodes.add(new Announcement(
                    name,
                    host,
                    tags,
                    Presence.values()[random.nextInt(Presence.values().length)],
                    List.of(new Service(
                            "web", port, "http", "", weight, Announcement.Condition.values()[random.nextInt(5) % 3]))));
        }
        return nodes;
    }
}
