package muster.haproxy;

import java.util.HashSet;
import java.util.Set;

/**
 * Who put a server into maintenance: the driver, because the text or membership says so, or somebody else: a person on HAProxy's
 * socket or page, or an agent check. HAProxy has one flag for all. The driver undoes its own only. Threads: one at a time.
 */
final class Maintenance {
    private final Set<ServerPath> ours = new HashSet<>();
    private final Set<ServerPath> byOthers = new HashSet<>();
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
        var before = Set.copyOf(byOthers);
        byOthers.clear();
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
        if (!byOthers.contains(path)) {
            ours.add(path);
        }
    }

    Set<ServerPath> byOthers() {
        return Set.copyOf(byOthers);
    }
}
