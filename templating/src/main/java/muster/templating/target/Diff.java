package muster.templating.target;

import java.util.ArrayList;
import java.util.List;

/** How one text differs from another, line by line, as {@code diff -u} shows it. */
public final class Diff {
    private static final int CONTEXT_LINES = 3;

    /** Beyond so many pairs of lines the middle is shown as replaced altogether: 64 MiB of table. */
    private static final long PAIRS_MAX = 1L << 24;

    private Diff() {}

    private record Line(char mark, String text) {}

    /** Nothing when they are equal. Each line ends with a line break. */
    public static String of(String name, String before, String after) {
        if (before.equals(after)) {
            return "";
        }
        List<Line> lines = lines(split(before), split(after));
        var out = new StringBuilder("--- ")
                .append(name)
                .append("\n+++ ")
                .append(name)
                .append(" (new)\n");
        int at = 0;
        int oldLine = 1;
        int newLine = 1;
        while (at < lines.size()) {
            int first = at;
            while (first < lines.size() && lines.get(first).mark == ' ') {
                first++;
            }
            if (first == lines.size()) {
                break;
            }
            int begin = Math.max(at, first - CONTEXT_LINES);
            oldLine += begin - at;
            newLine += begin - at;
            int end = end(lines, first);
            List<Line> hunk = lines.subList(begin, end);
            int olds = (int) hunk.stream().filter(line -> line.mark != '+').count();
            int news = (int) hunk.stream().filter(line -> line.mark != '-').count();
            out.append("@@ -%d,%d +%d,%d @@\n".formatted(oldLine, olds, newLine, news));
            hunk.forEach(line -> out.append(line.mark).append(line.text).append('\n'));
            oldLine += olds;
            newLine += news;
            at = end;
        }
        return out.toString();
    }

    private static List<String> split(String text) {
        var lines = new ArrayList<>(text.lines().toList());
        if (!lines.isEmpty() && !text.endsWith("\n")) {
            lines.add(lines.removeLast() + "\n\\ No newline at end of file");
        }
        return lines;
    }

    /** Behind the context of the last change that is near enough to the ones before. */
    private static int end(List<Line> lines, int first) {
        int last = first;
        for (int i = first; i < lines.size() && i - last <= 2 * CONTEXT_LINES; i++) {
            if (lines.get(i).mark != ' ') {
                last = i;
            }
        }
        return Math.min(lines.size(), last + 1 + CONTEXT_LINES);
    }

    private static List<Line> lines(List<String> before, List<String> after) {
        int head = 0;
        while (head < before.size() && head < after.size() && before.get(head).equals(after.get(head))) {
            head++;
        }
        int tail = 0;
        while (tail < before.size() - head
                && tail < after.size() - head
                && before.get(before.size() - 1 - tail).equals(after.get(after.size() - 1 - tail))) {
            tail++;
        }
        var lines = new ArrayList<Line>();
        before.subList(0, head).forEach(text -> lines.add(new Line(' ', text)));
        middle(before.subList(head, before.size() - tail), after.subList(head, after.size() - tail), lines);
        before.subList(before.size() - tail, before.size()).forEach(text -> lines.add(new Line(' ', text)));
        return lines;
    }

    /** By the longest common subsequence. */
    private static void middle(List<String> before, List<String> after, List<Line> lines) {
        int rows = before.size();
        int columns = after.size();
        boolean small = (rows + 1L) * (columns + 1L) <= PAIRS_MAX;
        int[][] longest = new int[small ? rows + 1 : 1][small ? columns + 1 : 1];
        for (int i = rows - 1; small && i >= 0; i--) {
            for (int j = columns - 1; j >= 0; j--) {
                longest[i][j] = before.get(i).equals(after.get(j))
                        ? longest[i + 1][j + 1] + 1
                        : Math.max(longest[i + 1][j], longest[i][j + 1]);
            }
        }
        int i = 0;
        int j = 0;
        while (small && i < rows && j < columns) {
            if (before.get(i).equals(after.get(j))) {
                lines.add(new Line(' ', before.get(i++)));
                j++;
            } else if (longest[i + 1][j] >= longest[i][j + 1]) {
                lines.add(new Line('-', before.get(i++)));
            } else {
                lines.add(new Line('+', after.get(j++)));
            }
        }
        before.subList(i, rows).forEach(text -> lines.add(new Line('-', text)));
        after.subList(j, columns).forEach(text -> lines.add(new Line('+', text)));
    }
}
