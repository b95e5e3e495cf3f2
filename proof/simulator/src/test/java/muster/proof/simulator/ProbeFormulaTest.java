package muster.proof.simulator;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static muster.proof.simulator.Simulation.percent;
import static muster.proof.simulator.Simulation.seed;
import static muster.proof.simulator.Simulation.simulate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import muster.gossip.Timing;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Simulator and protocol together must fail probes as often as arithmetic says: with a share q of datagrams arriving, a
 * ping and its ack survive with q², and each of three helpers' detours of four datagrams with q⁴.
 */
class ProbeFormulaTest {
    /** Suspicions never end here, so that all members stay in the rotation however bad it gets. */
    private static final Timing PATIENT = new Timing(
            Timing.LAN.probeEvery(),
            Timing.LAN.probeTimeout(),
            Timing.LAN.indirectChecks(),
            1_000,
            Timing.LAN.suspicionMaxMultiplier(),
            Timing.LAN.gossipEvery(),
            Timing.LAN.gossipNodes(),
            Timing.LAN.gossipToTheDead(),
            Timing.LAN.pushPullEvery(),
            Timing.LAN.retransmitMultiplier(),
            Timing.LAN.streamTimeout());

    @ParameterizedTest(name = "at {0} % loss")
    @ValueSource(ints = {10, 20, 30})
    void probes_without_streams_fail_as_often_as_arithmetic_says(int loss) {
        Cluster cluster = simulate(seed(loss)).members(20).timing(PATIENT);
        cluster.run(ofSeconds(10));
        long probesBefore = sum(cluster, "probes");
        long failedBefore = sum(cluster, "probes-failed");

        cluster.weather(Weather.CALM.withLoss(percent(loss)).withStreamTrouble(1));
        cluster.run(ofMinutes(10));

        long probes = sum(cluster, "probes") - probesBefore;
        long failed = sum(cluster, "probes-failed") - failedBefore;
        double q = 1 - percent(loss);
        double expected = (1 - q * q) * Math.pow(1 - Math.pow(q, 4), 3);
        double sigma = Math.sqrt(expected * (1 - expected) / probes);
        System.out.printf(
                "loss %d %%: %d of %d probes failed, %.4f, expected %.4f%n",
                loss, failed, probes, (double) failed / probes, expected);
        assertThat((double) failed / probes).isCloseTo(expected, within(3 * sigma));
        assertThat(probes).isGreaterThan(1_000);
    }

    private static long sum(Cluster cluster, String counter) {
        return cluster.running().stream()
                .mapToLong(name -> cluster.counters(name).getOrDefault(counter, 0L))
                .sum();
    }
}
