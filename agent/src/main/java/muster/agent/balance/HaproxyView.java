package muster.agent.balance;

import java.util.EnumMap;
import java.util.Map;
import muster.balancing.Backend;
import muster.balancing.Failure;
import muster.balancing.Totals;
import muster.haproxy.ServerFigures;
import org.jspecify.annotations.Nullable;

/** A backend as {@code muster pool} shows it when HAProxy forwards. */
final class HaproxyView {
    private HaproxyView() {}

    /**
     * One backend.
     *
     * @param figures null where HAProxy has no server with this address
     * @param silence why it said nothing at all; "" when it did
     */
    static Backend.Snapshot of(Backend.Snapshot backend, @Nullable ServerFigures figures, String silence) {
        if (figures == null) {
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
        Backend.State state = backend.state() == Backend.State.READY ? state(figures.status()) : backend.state();
        boolean byHaproxy = state != backend.state();
        return with(
                backend,
                state,
                byHaproxy ? reason(figures) : backend.reason(),
                byHaproxy ? figures.sinceSeconds() * 1_000_000_000 : backend.inStateNanos(),
                figures.inFlight(),
                totals(figures));
    }

    private static Backend.State state(String status) {
        if (status.startsWith("DOWN") || status.startsWith("MAINT") || status.equals("NOLB")) {
            return Backend.State.EJECTED;
        }
        return status.startsWith("DRAIN") ? Backend.State.DRAINING : Backend.State.READY;
    }

    private static String reason(ServerFigures figures) {
        return "HAProxy has it as " + figures.status() + (figures.check().isEmpty() ? "" : ": " + figures.check());
    }

    private static Totals.Snapshot totals(ServerFigures figures) {
        Map<Failure, Long> failures = new EnumMap<>(Failure.class);
        for (Failure failure : Failure.values()) {
            failures.put(failure, 0L);
        }
        failures.put(Failure.RESET_BEFORE_RESPONSE, figures.failures());
        return new Totals.Snapshot(figures.requests(), 0, 0, 0, 0, 0, failures, 0, 0, 0, 0);
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
