package muster.agent.rpc;

import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import muster.agent.node.NodeUnavailable;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Coordinate;
import org.jspecify.annotations.Nullable;

/**
 * What an RPC client can see and do. Called by many threads at once; methods may block for as long as the thing takes.
 * Those that return an error return "" for success. Those that wait for the node throw {@link NodeUnavailable}.
 */
public interface Controls {
    List<Member> members();

    /** How many nodes were joined, and the error of those that were not. */
    record JoinResult(int joined, String error) {}

    JoinResult join(List<String> written, boolean replay) throws InterruptedException;

    String forceLeave(String node, boolean prune) throws InterruptedException;

    String sendEvent(String name, Bytes payload, boolean coalesce) throws InterruptedException;

    /**
     * Asks the cluster. {@code asker} hears {@link Notice.QueryAcked} and {@link Notice.QueryAnswered}, and
     * {@link Notice.QueryEnded} at last, on the node's thread, and must not block; nothing when an error comes back.
     */
    String query(QueryRequest query, Consumer<Notice> asker) throws InterruptedException;

    /** Ends the query of this asker before its time, if it still runs. Does not wait. */
    void endQuery(Consumer<Notice> asker);

    /** Answers a query that this node has heard. */
    String answer(long query, Bytes payload) throws InterruptedException;

    /** Asks all members to do something with their keys; {@code key} in base64, empty for listing. */
    KeyAnswer keys(Input.KeyChange change, String key) throws InterruptedException;

    String changeTags(SortedMap<String, String> set, List<String> remove) throws InterruptedException;

    /** Leaves; returns when others have heard it. */
    void leave() throws InterruptedException;

    /** The leave was answered: end the program. */
    void leftAndAnswered();

    /** Sections of facts, with Serf's names. */
    SortedMap<String, SortedMap<String, String>> stats() throws InterruptedException;

    @Nullable
    Coordinate coordinate(String node) throws InterruptedException;

    /** The pools of a balancer as rows of named values; empty on a node that balances nothing. */
    List<PoolRow> pools();

    /** {@code listener} is called on the node's thread and must not block. */
    void listen(Consumer<Notice> listener);

    void unlisten(Consumer<Notice> listener);
}
