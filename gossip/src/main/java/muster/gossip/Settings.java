package muster.gossip;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;

/**
 * How one member takes part.
 *
 * @param name unique in the cluster, 1 to 255 bytes
 * @param advertise where others reach us; its bytes must keep their form (4 or 16) across restarts
 * @param tags ours at the start; at most 512 bytes encoded
 * @param keys encryption keys of 16, 24 or 32 bytes, the first one encrypts; empty means plain text
 * @param compress send LZW-compressed packets where that is smaller; receiving always works
 * @param reconnectEvery how often a failed member is tried again
 * @param reconnectTimeout failed members are forgotten after this
 * @param tombstoneTimeout members that left are forgotten after this
 * @param leavePropagateDelay how long a leave waits at the end so that others hear it
 * @param broadcastTimeout the longest a leave waits for its own broadcast to go out
 * @param sizes how long what we send may be
 * @param resolveNames ask who keeps our name when another claims it, and end if that is the other
 */
public record Settings(
        String name,
        Address advertise,
        SortedMap<String, String> tags,
        Timing timing,
        List<Bytes> keys,
        boolean compress,
        Duration reconnectEvery,
        Duration reconnectTimeout,
        Duration tombstoneTimeout,
        Duration leavePropagateDelay,
        Duration broadcastTimeout,
        Sizes sizes,
        boolean resolveNames) {

    /**
     * The longest that we send, in bytes; what others send is taken up to the wire's own limits.
     *
     * @param event name and payload of a user event, and again the encoded whole
     * @param query a whole encoded query
     * @param answer a whole encoded answer to a query
     */
    public record Sizes(int event, int query, int answer) {
        /** Serf's. */
        public static final Sizes DEFAULT = new Sizes(512, 1_024, 1_024);

        public Sizes {
            if (event < 0 || query < 0 || answer < 0) {
                throw new IllegalArgumentException("a size below 0");
            }
        }
    }

    public Settings {
        int bytes = Bytes.utf8(name).size();
        if (bytes == 0 || bytes > Message.NAME_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a node name of " + bytes + " bytes: use 1 to " + Message.NAME_BYTES_MAX);
        }
        if (advertise.ip().size() != 4 && advertise.ip().size() != 16) {
            throw new IllegalArgumentException("the advertised address has "
                    + advertise.ip().size() + " bytes: use the 4 of an IPv4 or the 16 of an IPv6 address");
        }
        tags = Collections.unmodifiableSortedMap(new TreeMap<>(tags));
        keys = List.copyOf(keys);
        for (Duration period : List.of(reconnectEvery, reconnectTimeout, tombstoneTimeout, broadcastTimeout)) {
            if (period.isNegative() || period.isZero()) {
                throw new IllegalArgumentException(
                        "a period of " + period + ": intervals and timeouts must be longer than 0");
            }
        }
    }

    /** Serf's defaults on the LAN profile: plain text, compression on, reconnect 30 s / 24 h, tombstones 24 h. */
    public static Settings of(String name, Address advertise, SortedMap<String, String> tags) {
        return new Settings(
                name,
                advertise,
                tags,
                Timing.LAN,
                List.of(),
                true,
                Duration.ofSeconds(30),
                Duration.ofHours(24),
                Duration.ofHours(24),
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Sizes.DEFAULT,
                true);
    }

    public Settings with(Timing other) {
        return new Settings(
                name,
                advertise,
                tags,
                other,
                keys,
                compress,
                reconnectEvery,
                reconnectTimeout,
                tombstoneTimeout,
                leavePropagateDelay,
                broadcastTimeout,
                sizes,
                resolveNames);
    }

    public Settings withKeys(List<Bytes> other) {
        return new Settings(
                name,
                advertise,
                tags,
                timing,
                other,
                compress,
                reconnectEvery,
                reconnectTimeout,
                tombstoneTimeout,
                leavePropagateDelay,
                broadcastTimeout,
                sizes,
                resolveNames);
    }

    public Settings with(Sizes other) {
        return new Settings(
                name,
                advertise,
                tags,
                timing,
                keys,
                compress,
                reconnectEvery,
                reconnectTimeout,
                tombstoneTimeout,
                leavePropagateDelay,
                broadcastTimeout,
                other,
                resolveNames);
    }
}
