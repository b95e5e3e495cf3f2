package muster.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The view that is drawn over in place, from the first scene on. What is told before goes to the normal screen at once; what is
 * told while the view is open goes there when it closes.
 */
final class LiveDisplay implements Display {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,5}) ([0-9]{1,5})");

    private final PrintStream out;
    private final boolean colours;
    private @Nullable Screen screen;
    private final boolean unicode;
    private final StringBuilder told = new StringBuilder();
    private boolean closed;

    LiveDisplay(PrintStream out, Map<String, String> environment) {
        this.out = out;
        this.unicode = unicode(environment);
        this.colours = !environment.containsKey("NO_COLOR");
    }

    /** Whether standard output is a terminal that the view fits on and that understands it. */
    @SuppressWarnings("SystemConsoleNull") // it is null again since JDK 25, whose default console is the simple one
    static boolean possible(Map<String, String> environment) {
        return System.console() != null
                && System.console().isTerminal()
                && !environment.getOrDefault("TERM", "dumb").equals("dumb")
                && bigEnough();
    }

    @Override
    public synchronized void told(String line) {
        View.wrap(line, View.WIDTH).forEach(part -> told.append(part).append('\n'));
        if (screen == null) {
            printTold();
        }
    }

    @Override
    public synchronized void refresh(Scene scene) {
        if (closed) {
            return;
        }
        if (screen == null) {
            screen = new Screen(out, colours);
        }
        screen.show(View.draw(scene, unicode));
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (screen != null) {
            screen.close();
            screen = null;
            printTold();
        }
    }

    private void printTold() {
        out.print(told);
        out.flush();
        told.setLength(0);
    }

    private static boolean unicode(Map<String, String> environment) {
        // The order in which the C library looks for it.
        for (String variable : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
            String value = environment.getOrDefault(variable, "");
            if (!value.isEmpty()) {
                return value.toUpperCase(Locale.ROOT).replace("-", "").contains("UTF8");
            }
        }
        return false;
    }

    private static boolean bigEnough() {
        try {
            // The JDK cannot tell the size of a terminal.
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            stty.waitFor(1, TimeUnit.SECONDS);
            Matcher rowsAndColumns = SIZE.matcher(size);
            return !rowsAndColumns.matches()
                    || (Integer.parseInt(rowsAndColumns.group(1)) >= View.HEIGHT
                            && Integer.parseInt(rowsAndColumns.group(2)) >= View.WIDTH);
        } catch (IOException e) {
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
