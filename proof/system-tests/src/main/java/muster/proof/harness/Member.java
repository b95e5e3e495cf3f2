package muster.proof.harness;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** A member of a cluster, of either make: where it is, what it sees, and what happens to it. */
public sealed interface Member permits SerfAgent, MusterNode {

    String name();

    /** Starts it, and returns when its agent runs. */
    Member start();

    /** The process; throws when it was not started. */
    Program program();

    /** The address that it advertises, IP:PORT. */
    String gossipAddress();

    String rpcAddress();

    /** Runs {@code serf VERB … -rpc-addr=…} of Debian against this member. */
    default Outcome serf(String verb, String... arguments) {
        return DebianSerf.run(rpcAddress(), verb, arguments);
    }

    /** What it says about all members, by name, asked with Debian's command line. */
    default Map<String, MemberView> members() {
        var outcome = serf("members", "-format=json");
        if (outcome.exitCode() != 0) {
            return Map.of(); // not listening yet, or no more
        }
        var members = new TreeMap<String, MemberView>();
        if (Json.object(outcome.stdout()).get("members") instanceof List<?> list) {
            list.forEach(item -> {
                var view = MemberView.of((Map<?, ?>) Objects.requireNonNull(item));
                members.put(view.name(), view);
            });
        }
        return members;
    }

    /** Waits until this node gives each of these members the status. */
    default void awaitSees(String status, Member... others) {
        awaitSees(status, Arrays.stream(others).map(Member::name).toList());
    }

    default void awaitSees(String status, List<String> names) {
        Await.until(
                name() + " to see " + names + " as " + status,
                Await.PATIENCE,
                () -> {
                    var members = members();
                    return names.stream().allMatch(name -> {
                        var view = members.get(name);
                        return view != null && view.status().equals(status);
                    });
                },
                () -> members().values().toString());
    }

    /** Waits until this node sees these tags, and no others, on that member. */
    default void awaitTags(Member other, Map<String, String> tags) {
        Await.until(
                name() + " to see the tags " + tags + " of " + other.name(),
                Await.PATIENCE,
                () -> {
                    var view = members().get(other.name());
                    return view != null && view.tags().equals(tags);
                },
                () -> members().values().toString());
    }

    /** The events about a member in the order in which this node logged them: Join, Update, Leave, Failed, Reap. */
    default List<String> history(String of) {
        var pattern = Pattern.compile("serf: EventMember(\\w+)(?: \\(forced\\))?: " + Pattern.quote(of) + "(?: |$)");
        return program().lines().stream()
                .map(line -> pattern.matcher(line.text()))
                .filter(java.util.regex.Matcher::find)
                .map(match -> match.group(1))
                .toList();
    }

    /** The same once it ends with this event: a status shows a moment before its event is logged. */
    default List<String> historyTo(String last, String of) {
        Await.until(
                name() + " to log " + last + " of " + of,
                Await.PATIENCE,
                () -> !history(of).isEmpty() && history(of).getLast().equals(last),
                () -> history(of).toString());
        return history(of);
    }

    /** SIGTERM or whatever makes this make leave the cluster in order. @return its exit code */
    int leave();

    /** SIGKILL to the process and its children: the machine lost power. */
    void kill();
}
