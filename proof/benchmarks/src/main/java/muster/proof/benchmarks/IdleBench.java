package muster.proof.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import muster.proof.harness.Member;
import muster.proof.harness.Stage;

/** What a member costs while nothing happens, beside a real serf agent in the same cluster at the same time. */
final class IdleBench {

    private static final int SETTLE_SECONDS = 20; // joins, first full states and the JVM's first compilations are over

    private record Sample(String label, double cpuSeconds, double rssMiB, double pssMiB, long threads) {

        static Sample of(String label, Member member) {
            long pid = member.program().pid();
            return new Sample(label, Usage.cpuSeconds(pid), Usage.rssMiB(pid), Usage.pssMiB(pid), Usage.threads(pid));
        }
    }

    private final Stage stage;
    private final int seconds;

    IdleBench(Stage stage, int seconds) {
        this.stage = stage;
        this.seconds = seconds;
    }

    void run() {
        var facts = MachineFacts.line();
        var seed = stage.serf("seed").start();
        var join = "-join=" + seed.gossipAddress();
        var members = new LinkedHashMap<String, Member>();
        members.put("serf agent", stage.serf("serf").with(join).start());
        members.put("muster agent", stage.agent("agent").with(join).start());
        members.put("muster run", stage.app("run").with(join).start());
        members.put("muster balance", stage.balancer("balance").with(join).start());
        members.values().forEach(member -> seed.awaitSees("alive", member));

        Bench.progress("five members; settling for %d s, then measuring for %d s".formatted(SETTLE_SECONDS, seconds));
        pause(SETTLE_SECONDS);
        var before = samples(members);
        pause(seconds);
        print(facts, before, samples(members));
    }

    private static List<Sample> samples(Map<String, Member> members) {
        return members.entrySet().stream()
                .map(member -> Sample.of(member.getKey(), member.getValue()))
                .toList();
    }

    private static void pause(int seconds) {
        long endNanos = System.nanoTime() + seconds * 1_000_000_000L;
        for (long left = endNanos - System.nanoTime(); left > 0; left = endNanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private void print(String facts, List<Sample> before, List<Sample> after) {
        System.out.printf("""
                ## An idle member

                %s Command: `proof/benchmarks/bench idle %d`.

                Five members in one cluster on loopback, lan profile, %d s after %d s of settling. CPU of one core. PSS counts pages that
                processes share (the JVM's archives and libraries, for several Muster nodes on one machine) by share, RSS in full. The app
                under `muster run` is not counted.

                | member | CPU %% | RSS MiB | PSS MiB | threads | RSS to serf |
                |---|---|---|---|---|---|
                """, facts, seconds, seconds, SETTLE_SECONDS);
        for (int n = 0; n < after.size(); n++) {
            var sample = after.get(n);
            System.out.printf(
                    "| %s | %.2f | %.1f | %.1f | %d | %.1f× |%n",
                    sample.label(),
                    (sample.cpuSeconds() - before.get(n).cpuSeconds()) * 100 / seconds,
                    sample.rssMiB(),
                    sample.pssMiB(),
                    sample.threads(),
                    sample.rssMiB() / after.getFirst().rssMiB()); // the first is serf's
        }
    }
}
