package muster.supervisor.runner;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import muster.supervisor.Probe;
import muster.supervisor.linux.ListeningSockets;
import org.jspecify.annotations.Nullable;

/**
 * The sockets that were listening at a service's addresses before it was started: an answer from them is not its own, and to announce
 * it would send requests to a stranger. Immutable.
 */
final class Squatters {
    static final Squatters NONE = new Squatters(Map.of());

    private final Map<InetSocketAddress, Set<Long>> sockets;

    private Squatters(Map<InetSocketAddress, Set<Long>> sockets) {
        this.sockets = sockets;
    }

    /** Looks now. Where that cannot be seen, there is none. */
    static Squatters at(List<Probe> probes) {
        var sockets = new HashMap<InetSocketAddress, Set<Long>>();
        for (Probe probe : probes) {
            InetSocketAddress place = place(probe);
            Set<Long> there = place == null ? Set.of() : listening(place);
            if (place != null && !there.isEmpty()) {
                sockets.put(place, there);
            }
        }
        return sockets.isEmpty() ? NONE : new Squatters(sockets);
    }

    boolean isEmpty() {
        return sockets.isEmpty();
    }

    /** What is wrong with asking these: nobody listens there but a squatter; null when nothing is. */
    @Nullable
    String objection(List<Probe> probes) {
        for (Probe probe : probes) {
            InetSocketAddress place = place(probe);
            Set<Long> before = place == null ? null : sockets.get(place);
            if (place != null && before != null) {
                Set<Long> now = listening(place);
                if (!now.isEmpty() && before.containsAll(now)) {
                    return probe + " would be answered by another process, which had the port before";
                }
            }
        }
        return null;
    }

    /** "port 3000 is taken by node (pid 17)", for the log. */
    @Override
    public String toString() {
        return sockets.entrySet().stream()
                .map(entry -> {
                    String holder = ListeningSockets.holder(entry.getValue());
                    return "port " + entry.getKey().getPort() + " is taken by "
                            + (holder == null ? "another process" : holder);
                })
                .sorted()
                .collect(Collectors.joining("; "));
    }

    /** Null for what is no port, and for names: to look them up could block. */
    private static @Nullable InetSocketAddress place(Probe probe) {
        return switch (probe) {
            case Probe.Tcp tcp -> place(tcp.host(), tcp.port());
            case Probe.Http http -> place(http.host(), http.port());
            case Probe.File _ -> null;
            case Probe.Command _ -> null;
        };
    }

    private static @Nullable InetSocketAddress place(String host, int port) {
        try {
            return new InetSocketAddress(InetAddress.ofLiteral(host), port);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static Set<Long> listening(InetSocketAddress place) {
        try {
            return ListeningSockets.at(place.getAddress(), place.getPort());
        } catch (IOException e) {
            return Set.of();
        }
    }
}
