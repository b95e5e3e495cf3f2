package muster.demo;

import java.io.PrintStream;
import java.util.regex.Pattern;

/**
 * A terminal that is drawn over in place. Opening switches to the second screen that terminals keep for this, closing brings
 * back what was there before. Thread-safe; closing twice is fine.
 */
final class Screen implements AutoCloseable {
    private static final String OPEN = "\u001b[?1049h\u001b[?25l\u001b[2J";
    private static final String CLOSE = "\u001b[?25h\u001b[?1049l";
    private static final String HOME = "\u001b[H";

    private static final String GREEN = "\u001b[32m";
    private static final String YELLOW = "\u001b[33m";
    private static final String RED = "\u001b[31m";
    private static final String BOLD = "\u001b[1m";
    private static final String PLAIN = "\u001b[0m";

    private static final Pattern GOOD = Pattern.compile("\\b(alive|ready)\\b");
    private static final Pattern DOUBTFUL = Pattern.compile("\\b(suspect|draining|joining|leaving|ejected|unready)\\b");
    private static final Pattern BAD = Pattern.compile("\\b(gone|failed|left)\\b");
    private static final Pattern NONE_FAILED = Pattern.compile(" (0 failed)");
    private static final Pattern SOME_FAILED = Pattern.compile(" ([1-9][0-9,]* failed)");

    // Where View puts its parts; the story below stays as it is told.
    private static final int TITLE = 0;
    private static final int TOTALS = 2;
    private static final int TABLE_HEAD = 4;
    private static final int TABLE_END = 13;

    private final PrintStream out;
    private final boolean colours;
    private boolean open;

    Screen(PrintStream out, boolean colours) {
        this.out = out;
        this.colours = colours;
        this.open = true;
        out.print(OPEN);
        out.flush();
    }

    synchronized void show(String lines) {
        if (!open) {
            return;
        }
        StringBuilder frame = new StringBuilder(HOME);
        String[] all = lines.split("\n", -1);
        for (int i = 0; i < all.length; i++) {
            // No line break after the last line: it would scroll a screen of exactly this height.
            frame.append(colours ? coloured(all[i], i) : all[i]).append(i + 1 < all.length ? "\r\n" : "");
        }
        out.print(frame);
        out.flush();
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            out.print(CLOSE);
            out.flush();
        }
    }

    private static String coloured(String line, int index) {
        if (index == TITLE || index == TABLE_HEAD) {
            return BOLD + line + PLAIN;
        }
        if (index == TOTALS) {
            return in(RED, SOME_FAILED, in(GREEN, NONE_FAILED, line));
        }
        return index < TABLE_END ? in(RED, BAD, in(YELLOW, DOUBTFUL, in(GREEN, GOOD, line))) : line;
    }

    private static String in(String colour, Pattern words, String line) {
        return words.matcher(line)
                .replaceAll(found -> found.group().replace(found.group(1), colour + found.group(1) + PLAIN));
    }
}
