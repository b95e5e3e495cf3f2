package muster.agent.balance;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import muster.balancing.Backend;
import muster.balancing.Failure;
import muster.balancing.Totals;
import muster.haproxy.ServerFigures;

/**
 * Backends as {@code muster pool} shows them when HAProxy forwards. One address may be a server of several backends of HAProxy, each with
 * checks of its own: the worst is shown.
 */
final class HaproxyView {
    private final Map<String, List<ServerFigures>> byPlace;
    private final Set<String> pools;
    private final String silence;

    private HaproxyView(Map<String, List<ServerFigures>> byPlace, Set<String> pools, String silence) {
        this.byPlace = byPlace;
        this.pools = pools;
        this.silence = silence;
    }

    /** @param pools the names of ours: a backend of HAProxy with the name of another one says nothing of this one */
    static HaproxyView of(List<ServerFigures> figures, Set<String> pools) {
        return new HaproxyView(
                figures.stream().collect(Collectors.groupingBy(each -> ServerFigures.place(each.host(), each.port()))),
                Set.copyOf(pools),
                "");
    }

    /** @param silence why HAProxy said nothing */
    static HaproxyView silent(String silence) {
        return new HaproxyView(Map.of(), Set.of(), silence);
    }

    Backend.Snapshot of(Backend.Snapshot backend) {
        List<ServerFigures> servers = servers(backend);
        if (servers.isEmpty()) {
            return backend.state() != Backend.State.READY
                    ? backend
                    : with(
                            backend,
                            Backend.State.JOINING,
                            silence.isEmpty() ? "HAProxy does not have it yet" : silence,
                            backend.inStateNanos(),
                            0,
                            backend.totals());
        }
        ServerFigures worst = servers.stream()
                .max(Comparator.comparingInt(each -> badness(state(each.status()))))
                .orElseThrow();
        Backend.State state = backend.state() == Backend.State.READY ? state(worst.status()) : backend.state();
        boolean byHaproxy = state != backend.state();
        return with(
                backend,
                state,
                byHaproxy ? reason(worst, servers.size() > 1) : backend.reason(),
                byHaproxy ? worst.sinceSeconds() * 1_000_000_000 : backend.inStateNanos(),
                servers.stream().mapToInt(ServerFigures::inFlight).sum(),
                totals(servers));
    }

    /** At its address; those of other pools only where there are no others. */
    private List<ServerFigures> servers(Backend.Snapshot backend) {
        List<ServerFigures> all = byPlace.getOrDefault(ServerFigures.place(backend.host(), backend.port()), List.of());
        List<ServerFigures> own = all.stream()
                .filter(each -> each.backend().equals(backend.pool()) || !pools.contains(each.backend()))
                .toList();
        return own.isEmpty() ? all : own;
    }

    private static Backend.State state(String status) {
        if (status.startsWith("DOWN") || status.startsWith("MAINT") || status.equals("NOLB")) {
            return Backend.State.EJECTED;
        }
        return status.startsWith("DRAIN") ? Backend.State.DRAINING : Backend.State.READY;
    }

    private static int badness(Backend.State state) {
        return switch (state) {
            case EJECTED -> 2;
            case DRAINING -> 1;
            default -> 0;
        };
    }

    private static String reason(ServerFigures server, boolean isOneOfSeveral) {
        return "HAProxy has it as " + server.status()
                + (isOneOfSeveral ? " in the backend " + server.backend() : "")
                + (server.check().isEmpty() ? "" : ": " + server.check());
    }

    private static Totals.Snapshot totals(List<ServerFigures> servers) {
        Map<Failure, Long> failures = new EnumMap<>(Failure.class);
        for (Failure failure : Failure.values()) {
            failures.put(failure, 0L);
        }
        failures.put(
                Failure.RESET_BEFORE_RESPONSE,
                servers.stream().mapToLong(ServerFigures::failures).sum());
        long requests = servers.stream().mapToLong(ServerFigures::requests).sum();
        return new Totals.Snapshot(requests, 0, 0, 0, 0, 0, failures, 0, 0, 0, 0);
    }

    private static Backend.Snapshot with(
            Backend.Snapshot backend,
            Backend.State state,
            String reason,
            long inStateNanos,
            int inFlight,
            Totals.Snapshot totals) {
        return new Backend.Snapshot(
                backend.pool(),
                backend.node(),
                backend.host(),
                backend.port(),
                backend.protocol(),
                backend.checkPath(),
                backend.weight(),
                state,
                reason,
                inStateNanos,
                inFlight,
                totals);
    }
}
