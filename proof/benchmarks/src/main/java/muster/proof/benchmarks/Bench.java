package muster.proof.benchmarks;

import java.util.Arrays;
import muster.proof.harness.Stage;

/** The command line: {@code bench proxy|failover|idle|init|render [REPETITIONS]}. */
public final class Bench {

    private Bench() {}

    public static void main(String[] arguments) {
        if (arguments.length < 1 || arguments.length > 2) {
            usage();
        }
        int given = arguments.length == 2 ? Integer.parseInt(arguments[1]) : 0;
        try (var stage = new Stage()) {
            try {
                // Start-up caches: made in the background of the first start otherwise, on the core that is measured.
                stage.muster("prepare").orFail();
                switch (arguments[0]) {
                    case "proxy" -> new ProxyBench(stage, given > 0 ? given : 8).run();
                    case "failover" -> new FailoverBench(stage, given > 0 ? given : 5).run();
                    case "idle" -> new IdleBench(stage, given > 0 ? given : 90).run();
                    case "init" -> new InitBench(stage, given > 0 ? given : 30).run();
                    case "render" -> new RenderBench(given > 1 ? given : 200).run();
                    default -> usage();
                }
            } catch (AssertionError | RuntimeException e) {
                stage.describe(System.err::println);
                throw e;
            }
        }
    }

    static void progress(String line) {
        System.err.println(line);
    }

    private static void usage() {
        System.err.println(
                "usage: bench proxy [ROUNDS] | failover [REPETITIONS] | idle [SECONDS] | init [RESTARTS] | render [ROUNDS]");
        System.exit(2);
    }

    /** The middle one, or the mean of the two in the middle; 0 of nothing. */
    static double median(double... values) {
        if (values.length == 0) {
            return 0;
        }
        var sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
