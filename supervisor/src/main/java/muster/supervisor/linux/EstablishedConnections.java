package muster.supervisor.linux;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Counts TCP connections of this network namespace. */
public final class EstablishedConnections {
    private EstablishedConnections() {}

    /**
     * Connections that somebody has to this local port, over IPv4 and IPv6; those that wait to be accepted count too. Those to
     * an address at which only programs listen that are not ours, neither this process nor what descends from it, do
     * not count where one of ours listens at another address of that port; where none does, somebody listens for it (a
     * container's port, say), and all count. Reads the whole table: about a millisecond for a thousand connections; and all of
     * /proc where the port has listeners at several addresses.
     *
     * @throws IOException if /proc is not readable
     */
    public static int toPort(int port) throws IOException {
        Map<String, Integer> connections = new HashMap<>(); // by local address
        Map<String, Set<Long>> listeners = new HashMap<>();
        TcpTable.rows(row -> {
            if (row.port() == port) {
                if (row.state().equals(TcpTable.ESTABLISHED)) {
                    connections.merge(row.address(), 1, Integer::sum);
                } else if (row.state().equals(TcpTable.LISTEN)) {
                    listeners
                            .computeIfAbsent(row.address(), _ -> new HashSet<>())
                            .add(row.inode());
                }
            }
        });
        Set<String> foreign = foreign(listeners);
        int count = 0;
        for (var entry : connections.entrySet()) {
            if (!foreign.contains(entry.getKey())) {
                count += entry.getValue();
            }
        }
        return count;
    }

    private static Set<String> foreign(Map<String, Set<Long>> listeners) {
        var foreign = new HashSet<String>();
        if (listeners.size() > 1) {
            listeners.forEach((address, inodes) -> {
                if (ListeningSockets.areOfOthers(inodes)) {
                    foreign.add(address);
                }
            });
        }
        return foreign.size() < listeners.size() ? foreign : Set.of();
    }
}
