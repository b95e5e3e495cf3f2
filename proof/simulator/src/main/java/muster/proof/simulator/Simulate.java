package muster.proof.simulator;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The program for long campaigns. Prints a line per seed; exits with 1 when a promise was broken, 2 on a bad option. */
public final class Simulate {
    private static final String USAGE = """
            usage: Simulate [--seeds FROM..TO | --seeds N] [--members N] [--minutes M] [--threads T] [--log]
              --seeds    seeds to run, TO included (default 1..100)
              --members  members at the start (default 50)
              --minutes  virtual minutes of trouble, at most (default 1)
              --threads  seeds at a time (default: one per processor)
              --log      print every notice; for one seed
            """;

    private long first = 1;
    private long last = 100;
    private int members = 50;
    private double minutes = 1;
    private int threads = Runtime.getRuntime().availableProcessors();
    private boolean log;

    private Simulate() {}

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.out));
    }

    static int run(List<String> arguments, PrintStream out) {
        var options = new Simulate();
        String complaint = options.read(arguments);
        if (complaint != null) {
            out.println(complaint);
            out.print(USAGE);
            return 2;
        }
        return options.run(out);
    }

    /** A complaint, or null when all was understood. */
    private @Nullable String read(List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            String option = arguments.get(i);
            if (option.equals("--log")) {
                log = true;
                continue;
            }
            if (i + 1 == arguments.size()) {
                return option + " needs a value, or is not known";
            }
            String value = arguments.get(++i);
            try {
                switch (option) {
                    case "--seeds" -> readSeeds(value);
                    case "--members" -> members = Integer.parseInt(value);
                    case "--minutes" -> minutes = Double.parseDouble(value);
                    case "--threads" -> threads = Integer.parseInt(value);
                    default -> {
                        return option + " is not known";
                    }
                }
            } catch (NumberFormatException e) {
                return option + " " + value + " is not a number";
            }
        }
        return members < 1 || threads < 1 || last < first || minutes <= 0 ? "the numbers must be above 0" : null;
    }

    private void readSeeds(String value) {
        int dots = value.indexOf("..");
        first = dots < 0 ? 1 : Long.parseLong(value.substring(0, dots));
        last = Long.parseLong(dots < 0 ? value : value.substring(dots + 2));
    }

    private int run(PrintStream out) {
        var most = Duration.ofMillis((long) (minutes * 60_000));
        var plan = new Campaign.Plan(members, most.dividedBy(3), most);
        long start = System.nanoTime();
        var outcomes = new ArrayList<Campaign.Outcome>();
        if (log) {
            for (long value = first; value <= last; value++) {
                Consumer<String> lines = out::println;
                outcomes.add(Campaign.run(new Seed(value), plan, Protocol::production, lines));
                out.println(outcomes.getLast().line());
            }
        } else {
            var seeds = new ArrayList<Seed>();
            for (long value = first; value <= last; value++) {
                seeds.add(new Seed(value));
            }
            outcomes.addAll(Campaign.runAll(seeds, plan, threads, outcome -> out.println(outcome.line())));
        }
        double wall = (System.nanoTime() - start) / 1e9;
        long events = outcomes.stream().mapToLong(Campaign.Outcome::events).sum();
        long broken =
                outcomes.stream().filter(outcome -> outcome.violation() != null).count();
        out.printf(
                java.util.Locale.ROOT,
                "%d seeds, %d failed, %d events in %.1f s: %.0f events/s%n",
                outcomes.size(),
                broken,
                events,
                wall,
                events / wall);
        return broken == 0 ? 0 : 1;
    }
}
