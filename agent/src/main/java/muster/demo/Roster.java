package muster.demo;

import java.io.IOException;
import java.util.Map;

/** Asks a running node who is there. */
@FunctionalInterface
interface Roster {

    /** Status by member name (alive, leaving, left, failed), as the node with RPC on that loopback port sees it now. */
    Map<String, String> members(int rpcPort) throws IOException;
}
