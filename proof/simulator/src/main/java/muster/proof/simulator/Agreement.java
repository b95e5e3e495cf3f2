package muster.proof.simulator;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muster.gossip.Member;
import org.jspecify.annotations.Nullable;

/** Whether every running member sees every running member as that one sees itself, and nobody else as present. */
final class Agreement {
    private final List<Node> nodes;

    /** Whoever disagreed last is asked first: mostly it still does, and the others need not be compared. */
    private @Nullable Node last;

    Agreement(List<Node> nodes) {
        this.nodes = nodes;
    }

    /** The first disagreement found, in words; empty when there is none. */
    String disagreement() {
        Node suspect = last;
        String again = suspect == null ? "" : disagreementOf(suspect);
        if (!again.isEmpty()) {
            return again;
        }
        for (Node observer : nodes) {
            String difference = disagreementOf(observer);
            if (!difference.isEmpty()) {
                last = observer;
                return difference;
            }
        }
        return "";
    }

    private String disagreementOf(Node observer) {
        if (!observer.running()) {
            return "";
        }
        if (!observer.joined) {
            return observer + " has not joined";
        }
        Map<String, Member> view = new HashMap<>();
        for (Member member : observer.core().members()) {
            view.put(member.name(), member);
        }
        for (Node about : nodes) {
            String difference = difference(observer, about, view.get(about.name));
            if (!difference.isEmpty()) {
                return difference;
            }
        }
        return "";
    }

    private static String difference(Node observer, Node about, @Nullable Member seen) {
        if (about.running() && !about.leaving) {
            Member truth = about.core().self();
            if (seen == null) {
                return observer + " does not know " + about;
            }
            if (seen.status() != Member.Status.ALIVE
                    || seen.suspect()
                    || seen.incarnation() != truth.incarnation()
                    || !seen.address().equals(truth.address())
                    || !seen.tags().equals(truth.tags())) {
                return observer + " sees " + Invariants.brief(seen) + " " + seen.tags() + ", which is "
                        + Invariants.brief(truth) + " " + truth.tags();
            }
        } else if (!about.on() && seen != null && Invariants.present(seen)) {
            return observer + " sees " + Invariants.brief(seen) + ", which is off";
        }
        return "";
    }
}
