package muster.agent.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Columns of text as Serf prints them: padded to the widest cell, two spaces between, nothing after the last. */
final class Table {
    /** What a terminal shows in one line when nobody made it wider. */
    private static final int WIDTH = 80;

    private static final String INDENT = "    ";

    private final List<List<String>> rows = new ArrayList<>();

    void row(String... cells) {
        rows.add(List.of(cells));
    }

    /** A sentence to stand under a row: indented, and broken between words. */
    static List<String> wrapped(String sentence) {
        var lines = new ArrayList<String>();
        var line = new StringBuilder(INDENT);
        for (String word : sentence.split(" ", -1)) {
            boolean first = line.length() == INDENT.length();
            if (!first && line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line.setLength(INDENT.length());
                first = true;
            }
            line.append(first ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    List<String> lines() {
        return lines(-1, UnaryOperator.identity());
    }

    /** {@code paint}: what becomes of the cells of one column; it must not change how wide they look. */
    List<String> lines(int column, UnaryOperator<String> paint) {
        var widths = new ArrayList<Integer>();
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                int width = row.get(i).codePointCount(0, row.get(i).length());
                if (i == widths.size()) {
                    widths.add(width);
                } else {
                    widths.set(i, Math.max(widths.get(i), width));
                }
            }
        }
        var lines = new ArrayList<String>();
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                String cell = row.get(i);
                line.append(i == column ? paint.apply(cell) : cell);
                if (i < row.size() - 1) {
                    line.append(" ".repeat(widths.get(i) - cell.codePointCount(0, cell.length()) + 2));
                }
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
