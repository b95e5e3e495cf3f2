package muster.haproxy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The processes of a running HAProxy, as {@code show proc} of its master lists them.
 *
 * @param masterPid their parent
 * @param reloads so often it was told to reload, well or not
 * @param failedReloads so many failed since the last one that went well
 * @param currentPid the worker that takes connections; 0 if there is none
 * @param old pids of those that finish what they had when a newer one took over, the newest first
 */
record Workers(long masterPid, long reloads, long failedReloads, long currentPid, List<Long> old) {
    private static final Pattern ROW =
            Pattern.compile("(\\d+)\\s+(\\w+)\\s+(\\d+)(?:\\s+\\[failed: (\\d+)])?\\s+\\d+d\\d+h\\d+m\\d+s(?:\\s.*)?");

    Workers {
        old = List.copyOf(old);
    }

    static Workers of(RuntimeApi api) throws IOException {
        return parse(api.ask("show proc"));
    }

    /** @throws IOException if it is no such list, with what stands there */
    static Workers parse(String answer) throws IOException {
        long masterPid = 0;
        long reloads = 0;
        long failed = 0;
        long currentPid = 0;
        var old = new ArrayList<Long>();
        boolean areOld = false;
        for (String line : answer.lines().toList()) {
            if (line.startsWith("# ")) {
                areOld = line.startsWith("# old");
                continue;
            }
            Matcher row = ROW.matcher(line.strip());
            if (!row.matches()) {
                continue;
            }
            long pid = Long.parseLong(row.group(1));
            if (row.group(2).equals("master")) {
                masterPid = pid;
                reloads = Long.parseLong(row.group(3));
                failed = row.group(4) == null ? 0 : Long.parseLong(row.group(4));
            } else if (row.group(2).equals("worker") && areOld) {
                old.add(pid);
            } else if (row.group(2).equals("worker")) {
                currentPid = pid;
            }
        }
        if (masterPid == 0) {
            throw new IOException("HAProxy's master did not list its processes but said: "
                    + answer.lines().findFirst().orElse("nothing"));
        }
        return new Workers(masterPid, reloads, failed, currentPid, old);
    }
}
