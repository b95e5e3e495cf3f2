package muster.agent.handlers;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import muster.agent.event.ClusterEvent;
import muster.balancing.ServiceTag;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;

/**
 * What a script is told of one event, in Serf's form.
 *
 * @param environment all of it
 * @param input its standard input
 * @param leftOut variables that are not in the environment because they are too long for it, and their bytes
 */
record Call(SortedMap<String, String> environment, Bytes input, SortedMap<String, Integer> leftOut) {
    /** The longest NAME=VALUE that Linux hands to a program (MAX_ARG_STRLEN); with a longer one nothing is started. */
    static final int VARIABLE_BYTES_MAX = 131_072;

    /** Ours beside Serf's: a line for each line of the standard input. */
    static final String MEMBER_PORT = "MUSTER_MEMBER_PORT";

    /** The services that a member announces, as {@code NAME:PORT[,NAME:PORT]}. */
    static final String MEMBER_SERVICES = "MUSTER_MEMBER_SERVICES";

    Call {
        environment = Collections.unmodifiableSortedMap(environment);
        leftOut = Collections.unmodifiableSortedMap(leftOut);
    }

    /** {@code inherited}: the agent's own environment. */
    static Call of(ClusterEvent event, Member self, Map<String, String> inherited) {
        var environment = new TreeMap<>(inherited);
        environment.put("SERF_EVENT", event.type());
        environment.put("SERF_SELF_NAME", text(self.name()));
        environment.put("SERF_SELF_ROLE", text(self.tags().getOrDefault("role", "")));
        self.tags().forEach((key, value) -> environment.put("SERF_TAG_" + variable(key), text(value)));
        return switch (event) {
            case ClusterEvent.Members it -> {
                var leftOut = new TreeMap<String, Integer>();
                var ours = Map.of(
                        MEMBER_PORT,
                        lines(
                                it.members(),
                                member -> Integer.toString(member.address().port())),
                        MEMBER_SERVICES,
                        lines(it.members(), Call::services));
                ours.forEach((name, value) -> {
                    int bytes = Bytes.utf8(name + "=" + value + "\0").size();
                    if (bytes <= VARIABLE_BYTES_MAX) {
                        environment.put(name, value);
                    } else {
                        leftOut.put(name, bytes);
                    }
                });
                yield new Call(
                        environment,
                        Bytes.utf8(it.members().stream().map(Call::line).collect(Collectors.joining())),
                        leftOut);
            }
            case ClusterEvent.User it -> {
                environment.put("SERF_USER_EVENT", text(it.name()));
                environment.put("SERF_USER_LTIME", Long.toUnsignedString(it.time()));
                yield new Call(environment, payload(it.payload()), Collections.emptySortedMap());
            }
            case ClusterEvent.Query it -> {
                environment.put("SERF_QUERY_NAME", text(it.name()));
                environment.put("SERF_QUERY_LTIME", Long.toUnsignedString(it.time()));
                yield new Call(environment, payload(it.payload()), Collections.emptySortedMap());
            }
        };
    }

    private static String line(Member member) {
        String tags = member.tags().entrySet().stream()
                .map(tag -> tag.getKey() + "=" + tag.getValue())
                .collect(Collectors.joining(","));
        return clean(member.name()) + "\t" + member.address().host() + "\t"
                + clean(member.tags().getOrDefault("role", "")) + "\t" + clean(tags) + "\n";
    }

    private static String clean(String text) {
        return text.replace("\t", "\\t").replace("\n", "\\n");
    }

    /** The read of most shells wants a line break at the end. */
    private static Bytes payload(Bytes payload) {
        if (payload.isEmpty() || payload.at(payload.size() - 1) == '\n') {
            return payload;
        }
        byte[] longer = Arrays.copyOf(payload.array(), payload.size() + 1);
        longer[payload.size()] = '\n';
        return Bytes.of(longer);
    }

    private static String services(Member member) {
        return ServiceTag.services(member.tags()).services().stream()
                .map(service -> service.name() + ":" + service.port())
                .collect(Collectors.joining(","));
    }

    private static String lines(List<Member> members, java.util.function.Function<Member, String> each) {
        return members.stream().map(each).collect(Collectors.joining("\n"));
    }

    /** As Serf makes the name of a variable out of a tag's. */
    private static String variable(String key) {
        var name = new StringBuilder();
        key.codePoints()
                .map(Character::toUpperCase) // one by one, as Go: a sharp s stays one character
                .forEach(c -> name.append((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? (char) c : '_'));
        return name.toString();
    }

    /** The system ends a variable at a NUL, which would hide the rest. */
    private static String text(String value) {
        return value.replace('\0', '?');
    }
}
