package muster.agent.rpc;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Coordinate;
import org.jspecify.annotations.Nullable;

/** What a client of RPC is given where no agent is wanted: nothing, but for what a test gives. */
class FewControls implements Controls {
    private static final String NO = "not here";

    @Override
    public List<Member> members() {
        return List.of();
    }

    @Override
    public JoinResult join(List<String> written, boolean replay) {
        return new JoinResult(0, NO);
    }

    @Override
    public String forceLeave(String node, boolean prune) {
        return NO;
    }

    @Override
    public String sendEvent(String name, Bytes payload, boolean coalesce) {
        return NO;
    }

    @Override
    public String query(QueryRequest query, Consumer<Notice> asker) {
        return NO;
    }

    @Override
    public void endQuery(Consumer<Notice> asker) {}

    @Override
    public String answer(long query, Bytes payload) {
        return NO;
    }

    @Override
    public KeyAnswer keys(Input.KeyChange change, String key) {
        return new KeyAnswer(NO, Collections.emptySortedMap(), Collections.emptySortedMap(), 0, 0, 0);
    }

    @Override
    public String changeTags(SortedMap<String, String> set, List<String> remove) {
        return NO;
    }

    @Override
    public void leave() {}

    @Override
    public void leftAndAnswered() {}

    @Override
    public SortedMap<String, SortedMap<String, String>> stats() {
        return Collections.emptySortedMap();
    }

    @Override
    public @Nullable Coordinate coordinate(String node) {
        return null;
    }

    @Override
    public List<PoolRow> pools() {
        return List.of();
    }

    @Override
    public void listen(Consumer<Notice> listener) {}

    @Override
    public void unlisten(Consumer<Notice> listener) {}
}
