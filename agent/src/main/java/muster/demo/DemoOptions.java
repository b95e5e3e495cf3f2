package muster.demo;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * What the user asked of the demo.
 *
 * @param keep leave everything running after the report, until Ctrl-C
 * @param plain lines instead of the live view, also on a terminal
 * @param seconds how long the story should take, {@value #SECONDS_MIN} to {@value #SECONDS_MAX}; it takes longer where
 *     a step needs longer
 * @param rate requests per second, 1 to {@value #RATE_MAX}
 * @param help print the usage and do nothing
 */
record DemoOptions(boolean keep, boolean plain, int seconds, int rate, boolean help) {

    static final int SECONDS_MIN = 30; // shorter, and one step's effects would be measured in the next one
    static final int SECONDS_MAX = 3_600;
    static final int RATE_MAX = 5_000; // above, the load generator would compete with what it measures

    static final String STORY = """
            The main job, seen in a minute: a balancer and web apps as separate processes on this machine, a steady
            load, and a story of joins, crashes, freezes and leaves. No request may fail; exits 1 when one does.

              --keep       leave everything running at the end, until Ctrl-C
              --plain      lines instead of the live view
              --seconds N  how long the story should take; default 60
              --rate N     requests per second; default 200""";

    static DemoOptions parse(List<String> arguments) {
        boolean keep = false;
        boolean plain = false;
        boolean help = false;
        int seconds = 60;
        int rate = 200;
        Deque<String> rest = new ArrayDeque<>(arguments);
        while (!rest.isEmpty()) {
            String[] parts = rest.pop().split("=", 2);
            String flag = parts[0].startsWith("--") ? parts[0].substring(1) : parts[0];
            switch (flag) {
                case "-keep" -> keep = yes(parts);
                case "-plain" -> plain = yes(parts);
                case "-seconds" -> seconds = number(parts, rest, SECONDS_MIN, SECONDS_MAX);
                case "-rate" -> rate = number(parts, rest, 1, RATE_MAX);
                case "-h", "-help" -> help = true;
                default ->
                    throw new DemoRefused("unknown option '" + parts[0]
                            + "'; there are --keep, --plain, --seconds and --rate ('muster demo --help' tells more)");
            }
        }
        return new DemoOptions(keep, plain, seconds, rate, help);
    }

    private static boolean yes(String[] parts) {
        return switch (parts.length == 1 ? "true" : parts[1]) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new DemoRefused(parts[0] + " takes true or false, not '" + parts[1] + "'");
        };
    }

    private static int number(String[] parts, Deque<String> rest, int min, int max) {
        String text = parts.length == 2 ? parts[1] : rest.poll();
        if (text == null || !text.matches("[0-9]{1,9}")) {
            throw new DemoRefused(parts[0] + " needs a number from " + min + " to " + max);
        }
        int number = Integer.parseInt(text);
        if (number < min || number > max) {
            throw new DemoRefused(parts[0] + " must be from " + min + " to " + max + ", not " + number);
        }
        return number;
    }
}
