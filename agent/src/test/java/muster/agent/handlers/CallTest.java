package muster.agent.handlers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.agent.configuration.HandlerOption;
import muster.agent.event.ClusterEvent;
import muster.gossip.Address;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallTest {
    private static Member member(String name, Map<String, String> tags) {
        SortedMap<String, String> sorted = new TreeMap<>(tags);
        return new Member(
                name,
                new Address(Bytes.of(new byte[] {10, 0, 0, 1}), 7946),
                sorted,
                Member.Status.ALIVE,
                false,
                1,
                1,
                Bytes.EMPTY);
    }

    private static Call call(ClusterEvent event, Member self) {
        return Call.of(event, self, Map.of("HOME", "/root"));
    }

    private static ClusterEvent user(long time, String name, boolean coalesce) {
        return new ClusterEvent.User(time, name, Bytes.EMPTY, coalesce);
    }

    @Test
    void tags_become_variables_as_under_serf() {
        Member self = member("m1", Map.of("role", "web", "a-b.c", "1", "üx", "2", "nul", "a\0b"));
        assertThat(call(user(3, "e", true), self).environment())
                .containsEntry("HOME", "/root")
                .containsEntry("SERF_EVENT", "user")
                .containsEntry("SERF_SELF_NAME", "m1")
                .containsEntry("SERF_SELF_ROLE", "web")
                .containsEntry("SERF_TAG_ROLE", "web")
                .containsEntry("SERF_TAG_A_B_C", "1")
                .containsEntry("SERF_TAG__X", "2")
                .containsEntry("SERF_TAG_NUL", "a?b")
                .containsEntry("SERF_USER_EVENT", "e")
                .containsEntry("SERF_USER_LTIME", "3");
    }

    @Test
    void members_are_lines_that_no_name_can_break() {
        var event = new ClusterEvent.Members(
                "member-join",
                List.of(member("a\tb\nc", Map.of("role", "r\n", "svc.web", "3000;proto=http")), member("d", Map.of())));
        Call call = call(event, member("m1", Map.of()));
        assertThat(call.input().utf8())
                .isEqualTo("a\\tb\\nc\t10.0.0.1\tr\\n\trole=r\\n,svc.web=3000;proto=http\nd\t10.0.0.1\t\t\n");
        assertThat(call.environment())
                .containsEntry("SERF_SELF_ROLE", "")
                .containsEntry(Call.MEMBER_PORT, "7946\n7946")
                .containsEntry(Call.MEMBER_SERVICES, "web:3000\n");
    }

    @Test
    void events_that_waited_are_folded_and_none_that_matters_is_lost() {
        var queue = new ArrayDeque<ClusterEvent>();
        queue.add(new ClusterEvent.Members("member-join", List.of(member("a", Map.of("v", "1")))));
        queue.add(new ClusterEvent.Members("member-join", List.of(member("b", Map.of()))));
        queue.add(new ClusterEvent.Members("member-join", List.of(member("a", Map.of("v", "2")))));
        queue.add(new ClusterEvent.Members("member-leave", List.of(member("b", Map.of()))));
        queue.add(user(1, "x", true));
        queue.add(user(2, "y", true));
        queue.add(user(3, "x", true));
        queue.add(user(4, "x", false));
        assertThat(Line.fold(queue))
                .isEqualTo(new ClusterEvent.Members(
                        "member-join", List.of(member("a", Map.of("v", "2")), member("b", Map.of()))));
        assertThat(Line.fold(queue).type()).isEqualTo("member-leave");
        assertThat(Line.fold(queue)).isEqualTo(user(3, "x", true));
        assertThat(Line.fold(queue)).isEqualTo(user(2, "y", true));
        assertThat(Line.fold(queue)).isEqualTo(user(4, "x", false));
        assertThat(queue).isEmpty();
    }

    @Test
    void events_of_the_same_lamport_time_are_all_kept() {
        var queue = new ArrayDeque<ClusterEvent>();
        queue.add(user(1, "x", true));
        queue.add(user(3, "x", true));
        queue.add(user(2, "x", true));
        ClusterEvent twin = new ClusterEvent.User(3, "x", Bytes.utf8("of another member"), true);
        queue.add(twin);
        queue.add(user(3, "y", true));
        assertThat(Line.fold(queue)).isEqualTo(user(3, "x", true));
        assertThat(Line.fold(queue)).isEqualTo(twin);
        assertThat(Line.fold(queue)).isEqualTo(user(3, "y", true));
        assertThat(queue).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            script.sh                       | *                        | script.sh
            *=a=b                           | *                        | a=b
            =script.sh                      | *                        | script.sh
            user=s                          | user                     | s
            user:deploy=s                   | user:deploy              | s
            query:load,member-join=s 1      | query:load,member-join   | s 1
            member-leave,member-failed=s    | member-leave,member-failed | s
            """)
    void every_form_of_a_filter_is_understood(String text, String filters, String script) {
        HandlerOption option = HandlerOption.parse(text);
        assertThat(option.script()).isEqualTo(script);
        assertThat(String.join(
                        ",", option.filters().stream().map(Object::toString).toList()))
                .isEqualTo(filters);
    }

    @Test
    void what_is_no_event_is_refused() {
        for (String wrong : List.of("nonsense=s", "member-join:x=s", "FOO=bar s", "user=")) {
            assertThatThrownBy(() -> HandlerOption.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("Invalid event script");
        }
    }

    @Test
    void an_event_wanted_twice_is_still_one() {
        HandlerOption option = HandlerOption.parse("user,user:x,*=s");
        assertThat(option.wants(user(1, "x", true))).isTrue();
        assertThat(HandlerOption.parse("user:x=s").wants(user(1, "y", true))).isFalse();
    }
}
