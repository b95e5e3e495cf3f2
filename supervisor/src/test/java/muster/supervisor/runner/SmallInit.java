package muster.supervisor.runner;

import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import muster.supervisor.ExitStatus;
import muster.supervisor.Launch;
import muster.supervisor.OnFailed;
import muster.supervisor.RestartPolicy;
import muster.supervisor.Restarts;
import muster.supervisor.ServiceSpec;
import muster.supervisor.linux.Children;
import org.jspecify.annotations.Nullable;

/** A small init for tests in other processes: one service, once, with its exit code. */
final class SmallInit {
    private SmallInit() {}

    /** {@code COMMAND ARGUMENTS…}. */
    public static void main(String[] arguments) {
        var spec = ServiceSpec.of("main", List.of(arguments))
                .with(Launch.DEFAULTS.withEnvironment(new TreeMap<>(System.getenv())))
                .with(Restarts.DEFAULTS.withPolicy(RestartPolicy.NEVER))
                .with(OnFailed.EXIT);
        var supervisor = new Supervisor[1];
        supervisor[0] = Supervisor.start(List.of(), new Listener() {
            @Override
            public void down(ServiceSpec service, @Nullable ExitStatus last) {
                supervisor[0].shutdown(last == null ? 0 : last.code(), Duration.ofSeconds(5));
            }
        });
        // TERM, INT and HUP end the JVM with its hooks: here is where all of it is brought down.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            supervisor[0].shutdown(0, Duration.ofSeconds(5));
            int code = supervisor[0].exit().join();
            try {
                Children.ofThisProcess().endAll(Duration.ofSeconds(2));
            } catch (InterruptedException e) {
                // Nobody interrupts it.
            }
            Runtime.getRuntime().halt(code);
        }));
        supervisor[0].add(spec);
        System.exit(supervisor[0].exit().join());
    }
}
