package muster.proof.simulator;

import java.time.Duration;

/**
 * How the network treats every packet. Shares are 0 to 1.
 *
 * @param loss datagrams that vanish
 * @param streamTrouble connections that never come about (all of them at 1) or break while open
 * @param slowness stream segments that need a retransmission, which costs 200 ms each time
 * @param meanDelay of the exponential part of the one-way delay, on top of {@link #DELAY_MIN}; unequal delays reorder
 * @param duplication datagrams that arrive twice
 * @param replay chance per datagram that one of the last few hundred is delivered once more
 * @param corruption datagrams with a flipped bit; only for sealed clusters, where it must be noticed
 * @param garbage chance per datagram that malformed bytes are delivered beside it
 * @param mtu larger datagrams vanish
 */
public record Weather(
        double loss,
        double streamTrouble,
        double slowness,
        Duration meanDelay,
        double duplication,
        double replay,
        double corruption,
        double garbage,
        int mtu) {

    static final Duration DELAY_MIN = Duration.ofNanos(200_000);

    /** The longest that the exponential part may get: longer ones are another fault, see clogs. */
    static final Duration DELAY_MAX = Duration.ofSeconds(2);

    /** A quiet LAN: nothing is lost. */
    public static final Weather CALM = new Weather(0, 0, 0, Duration.ofNanos(300_000), 0, 0, 0, 0, 65_507);

    public Weather withLoss(double share) {
        return new Weather(share, streamTrouble, slowness, meanDelay, duplication, replay, corruption, garbage, mtu);
    }

    public Weather withStreamTrouble(double share) {
        return new Weather(loss, share, slowness, meanDelay, duplication, replay, corruption, garbage, mtu);
    }

    public Weather withDelay(Duration mean) {
        return new Weather(loss, streamTrouble, slowness, mean, duplication, replay, corruption, garbage, mtu);
    }

    public Weather withDuplication(double share) {
        return new Weather(loss, streamTrouble, slowness, meanDelay, share, replay, corruption, garbage, mtu);
    }

    public Weather withReplay(double share) {
        return new Weather(loss, streamTrouble, slowness, meanDelay, duplication, share, corruption, garbage, mtu);
    }

    public Weather withCorruption(double share) {
        return new Weather(loss, streamTrouble, slowness, meanDelay, duplication, replay, share, garbage, mtu);
    }

    public Weather withGarbage(double share) {
        return new Weather(loss, streamTrouble, slowness, meanDelay, duplication, replay, corruption, share, mtu);
    }
}
