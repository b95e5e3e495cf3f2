package muster.demo;

import java.util.ArrayList;
import java.util.List;

/** Draws a {@link Scene} as exactly {@value #HEIGHT} lines of {@value #WIDTH} characters: pure, no colours, no control codes. */
final class View {
    static final int WIDTH = 80;
    static final int HEIGHT = 24;

    private static final int ROWS = 8;
    private static final int BAR_WIDTH = 22;
    private static final String EIGHTHS = "▏▎▍▌▋▊▉█";

    private View() {}

    /** The lines, joined by {@code \n}; {@code unicode} allows bars, dots and arrows beyond ASCII. */
    static String draw(Scene scene, boolean unicode) {
        List<String> lines = new ArrayList<>();
        lines.add(" Muster demo   " + StoryLog.clock(scene.elapsedNanos()) + " of about "
                + StoryLog.clock(scene.seconds() * 1_000_000_000L));
        lines.add("");
        lines.add(" " + Text.count(scene.perSecond()) + " requests/s   " + Text.count(scene.answered()) + " answered   "
                + Text.count(scene.failed()) + " failed   "
                + (scene.recent().count() == 0
                        ? ""
                        : "p50 " + Text.micros(scene.recent().p50()) + "   p99 "
                                + Text.micros(scene.recent().p99())));
        lines.add("");
        lines.add(" node     membership  balancing        req/s     total  share of the traffic");
        for (int i = 0; i < ROWS; i++) {
            lines.add(i < scene.rows().size() ? row(scene.rows().get(i), scene.perSecond()) : "");
        }
        lines.add("");
        int room = HEIGHT - lines.size() - 2;
        List<String> wrapped = scene.story().stream()
                .flatMap(line -> wrap(line, WIDTH - 2).stream())
                .toList();
        List<String> told = wrapped.subList(Math.max(0, wrapped.size() - room), wrapped.size());
        told.forEach(line -> lines.add(" " + line));
        while (lines.size() < HEIGHT - 1) {
            lines.add("");
        }
        lines.add(" " + scene.hint());
        return String.join("\n", lines.stream().map(line -> fit(line, unicode)).toList());
    }

    private static String row(Scene.Row row, long perSecond) {
        String start = " " + pad(row.node(), 8) + " " + pad(row.membership(), 11) + " " + pad(row.state(), 13);
        if (row.total() < 0) {
            return start;
        }
        return start + " " + left(Text.count(row.perSecond()), 8) + " " + left(Text.count(row.total()), 9) + "  "
                + bar(perSecond == 0 ? 0 : (double) row.perSecond() / perSecond);
    }

    /** A bar of {@code part} of the full width, exact to an eighth of a character. */
    private static String bar(double part) {
        int eighths = (int) Math.round(Math.min(1, part) * BAR_WIDTH * 8);
        String full = "█".repeat(eighths / 8);
        return eighths % 8 == 0 ? full : full + EIGHTHS.charAt(eighths % 8 - 1);
    }

    /** A line longer than {@code width} goes on below, indented under its text. */
    static List<String> wrap(String line, int width) {
        List<String> wrapped = new ArrayList<>();
        String rest = line;
        while (rest.length() > width) {
            int cut = rest.lastIndexOf(' ', width);
            cut = cut < width / 2 ? width : cut;
            wrapped.add(rest.substring(0, cut));
            rest = "      " + rest.substring(cut).strip();
        }
        wrapped.add(rest);
        return wrapped;
    }

    private static String fit(String line, boolean unicode) {
        String shown = unicode ? line : ascii(line);
        return pad(shown, WIDTH);
    }

    private static String ascii(String line) {
        return line.replace("→", ">")
                .replace("…", "~")
                .replaceAll("[▏▎▍▌▋▊▉]", "")
                .replace('█', '#')
                .replaceAll("[^ -~]", "?");
    }

    private static String pad(String text, int width) {
        return text.length() >= width ? text.substring(0, width) : text + " ".repeat(width - text.length());
    }

    private static String left(String text, int width) {
        return text.length() >= width ? text.substring(0, width) : " ".repeat(width - text.length()) + text;
    }
}
