package muster.haproxy;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.Set;

/**
 * Who put a server into maintenance: the driver, because the text or membership says so, or somebody else: a person on HAProxy's
 * socket or page, or an agent check. HAProxy has one flag for all. The driver undoes its own only, and what somebody else ordered
 * before lasts: HAProxy forgets draining in maintenance, and both when a server is deleted. Threads: one at a time.
 */
final class Maintenance {
    /** Of servers that are away. Names that nobody uses again are not remembered for ever. */
    private static final int AWAY_MAX = 10_000;

    private final Set<ServerPath> ours = new HashSet<>();
    private final Set<ServerPath> byOthers = new HashSet<>();
    private final SequencedSet<ServerPath> byOthersAway = new LinkedHashSet<>(); // in the order in which they left
    private final Set<ServerPath> drained = new HashSet<>();
    private final Journal journal;
    private boolean isNew = true;

    Maintenance(Journal journal) {
        this.journal = journal;
    }

    /**
     * There is another process: what it has, it has from files, or from a driver before this one. What others ordered it may
     * have forgotten, and is told again.
     */
    void anew() {
        isNew = true;
    }

    /** What HAProxy says now. */
    void seen(RunningServers running) {
        var before = byOthers();
        byOthers.clear();
        before.stream().filter(path -> running.get(path) == null).forEach(byOthersAway::add);
        byOthersAway.removeIf(path -> {
            boolean isBack = running.get(path) != null;
            if (isBack) {
                journal.info(
                        path + " is back, in the maintenance that somebody else ordered; it stays there until somebody"
                                + " says 'set server " + path + " state ready'");
            }
            return isBack;
        });
        while (byOthersAway.size() > AWAY_MAX) {
            byOthersAway.removeFirst();
        }
        running.forEach((path, server) -> {
            if (isNew && before.contains(path)) {
                byOthers.add(path);
            } else if (!server.inMaintenance()) {
                ours.remove(path);
            } else if (isNew) {
                ours.add(path);
            } else if (!ours.contains(path)) {
                byOthers.add(path);
                if (!before.contains(path)) {
                    journal.info(
                            path + " was put into maintenance by somebody else, and stays there until somebody says"
                                    + " 'set server " + path + " state ready'");
                }
            }
        });
        ours.removeIf(path -> running.get(path) == null);
        drained.removeIf(path -> running.get(path) == null || isNew || !ours.contains(path));
        running.forEach((path, server) -> {
            if (server.isDraining()) {
                drained.add(path);
            }
        });
        isNew = false;
    }

    /** HAProxy is about to be told this, so maintenance that follows is ours: also that in which new ones begin. */
    void willBe(ConfigText told, RunningServers running) {
        var lines = told.servers();
        lines.forEach((path, line) -> {
            if (line.disabled() || running.get(path) == null) {
                add(path);
            }
        });
        running.forEach((path, server) -> {
            if (!lines.containsKey(path)) {
                add(path);
            }
        });
    }

    private void add(ServerPath path) {
        if (!byOthers.contains(path) && !byOthersAway.contains(path)) {
            ours.add(path);
        }
    }

    /** Also those that left in it, and may come back. */
    Set<ServerPath> byOthers() {
        var all = new HashSet<>(byOthers);
        all.addAll(byOthersAway);
        return all;
    }

    /** Somebody lets them drain, or did until we put them into maintenance. */
    Set<ServerPath> drained() {
        return Set.copyOf(drained);
    }
}
