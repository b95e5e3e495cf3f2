package muster.gossip;

import java.time.Duration;
import java.util.List;

/**
 * Memberlist's timers and multipliers. {@link #LAN}, {@link #WAN} and {@link #LOCAL} are its three profiles; all members
 * of a cluster should use the same one.
 *
 * @param probeEvery one member is probed this often; grows with the local health score
 * @param probeTimeout how long a direct ping may take before helpers are asked; shorter than {@code probeEvery}
 * @param indirectChecks helpers asked for an indirect ping, 0 or more
 * @param suspicionMultiplier suspicion lasts at least this times log10(n) times {@code probeEvery}
 * @param suspicionMaxMultiplier and at most this times that minimum, when nobody confirms
 * @param gossipEvery how often queued broadcasts are sent
 * @param gossipNodes to how many members each time
 * @param gossipToTheDead how long a dead member still gets gossip, so that it can refute
 * @param pushPullEvery how often full state is exchanged with one member, before scaling with size
 * @param retransmitMultiplier each broadcast is sent this times ceil(log10(n + 1)) times
 * @param streamTimeout limit on one TCP exchange
 */
public record Timing(
        Duration probeEvery,
        Duration probeTimeout,
        int indirectChecks,
        int suspicionMultiplier,
        int suspicionMaxMultiplier,
        Duration gossipEvery,
        int gossipNodes,
        Duration gossipToTheDead,
        Duration pushPullEvery,
        int retransmitMultiplier,
        Duration streamTimeout) {

    public static final Timing LAN = new Timing(
            Duration.ofSeconds(1),
            Duration.ofMillis(500),
            3,
            4,
            6,
            Duration.ofMillis(200),
            3,
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            4,
            Duration.ofSeconds(10));

    public static final Timing WAN = new Timing(
            Duration.ofSeconds(5),
            Duration.ofSeconds(3),
            3,
            6,
            6,
            Duration.ofMillis(500),
            4,
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            4,
            Duration.ofSeconds(30));

    public static final Timing LOCAL = new Timing(
            Duration.ofSeconds(1),
            Duration.ofMillis(200),
            1,
            3,
            6,
            Duration.ofMillis(100),
            3,
            Duration.ofSeconds(15),
            Duration.ofSeconds(15),
            2,
            Duration.ofSeconds(1));

    public Timing {
        for (Duration period :
                List.of(probeEvery, probeTimeout, gossipEvery, gossipToTheDead, pushPullEvery, streamTimeout)) {
            if (period.isNegative() || period.isZero()) {
                throw new IllegalArgumentException("a period of " + period + ": all periods must be longer than 0");
            }
        }
        for (int factor : new int[] {suspicionMultiplier, suspicionMaxMultiplier, gossipNodes, retransmitMultiplier}) {
            if (factor < 1) {
                throw new IllegalArgumentException("a factor of " + factor + ": all multipliers must be 1 or more");
            }
        }
        if (probeTimeout.compareTo(probeEvery) >= 0) {
            throw new IllegalArgumentException(
                    "probe timeout " + probeTimeout + " must be shorter than the probe interval " + probeEvery);
        }
    }
}
