package muster.agent.fleet;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import muster.balancing.Announcement;
import muster.balancing.Announcement.Presence;
import muster.balancing.ServiceTag;
import muster.gossip.Member;

/**
 * What members offer, in balancing's words.
 *
 * @param defaultPool for nodes that have the tag role=backend and announce no service: plain Serf agents
 * @param defaultPort where such nodes serve unless they have a tag {@code port}
 */
public record Announcements(String defaultPool, int defaultPort) {
    /** A tag of nodes whose services are known by their {@code svc.} tags alone, also when there is none at the moment. */
    public static final String SPEAKS_FOR_ITSELF = "svc";

    private static final String ROLE = "role";
    private static final String BACKEND = "backend";
    private static final String PORT = "port";

    /** Everybody who is known, whether it offers something or not, and a sentence for each tag that was not understood. */
    public record Understood(List<Announcement> announcements, List<String> problems) {}

    public Understood of(Collection<Member> members) {
        var announcements = new ArrayList<Announcement>();
        var problems = new ArrayList<String>();
        for (Member member : members) {
            ServiceTag.Offers offers = ServiceTag.services(member.tags());
            offers.problems().forEach(problem -> problems.add("member=" + member.name() + " " + problem));
            List<Announcement.Service> services = offers.services();
            boolean saysNothing = services.isEmpty()
                    && offers.problems().isEmpty()
                    && !member.tags().containsKey(SPEAKS_FOR_ITSELF);
            if (saysNothing && BACKEND.equals(member.tags().get(ROLE))) {
                String port = member.tags().getOrDefault(PORT, Integer.toString(defaultPort));
                switch (ServiceTag.ofPort(defaultPool, port)) {
                    case ServiceTag.Parsed.Ok ok -> services = List.of(ok.service());
                    case ServiceTag.Parsed.Problem problem ->
                        problems.add("member=" + member.name() + " is left out: " + problem.sentence());
                }
            }
            announcements.add(new Announcement(
                    member.name(), member.address().host(), member.tags(), presence(member), services));
        }
        return new Understood(announcements, problems);
    }

    private static Presence presence(Member member) {
        return switch (member.status()) {
            case ALIVE -> member.suspect() ? Presence.SUSPECT : Presence.ALIVE;
            case LEAVING -> Presence.LEAVING;
            case LEFT -> Presence.LEFT;
            case FAILED, NONE -> Presence.FAILED;
        };
    }
}
