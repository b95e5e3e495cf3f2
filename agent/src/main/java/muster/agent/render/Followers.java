package muster.agent.render;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import muster.agent.Agent;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Schema;
import muster.agent.fleet.Announcements;
import muster.gossip.Member;
import muster.templating.Model;
import muster.templating.target.Commands;
import muster.templating.target.Target;

/** All targets of one program. Safe for use by any thread. */
public final class Followers implements AutoCloseable {
    private final List<Follower> all;

    private Followers(List<Follower> all) {
        this.all = all;
    }

    /** Follows the members of this agent, if the settings name a template. */
    public static Followers of(Agent agent, Configuration configuration, Map<String, String> environment) {
        Followers followers = start(
                Targets.of(configuration),
                () -> model(configuration, agent.members()),
                new Shell(environment),
                environment);
        if (!followers.all.isEmpty()) {
            agent.whenMembersChange(followers::changed);
            followers.changed(); // what came between the first rendering and this
        }
        return followers;
    }

    static Followers start(
            List<Target> targets, Supplier<Model> models, Commands commands, Map<String, String> environment) {
        return new Followers(targets.stream()
                .map(target -> Follower.start(target, models, commands, environment))
                .toList());
    }

    /** What templates see of these members. */
    public static Model model(Configuration configuration, List<Member> members) {
        String pool = configuration.value(Schema.POOL);
        var announcements = new Announcements(pool, configuration.value(Schema.BACKEND_PORT));
        return Model.of(announcements.of(members).announcements()).forPool(pool, configuration.isSet(Schema.POOL));
    }

    /** The members, or the templates, may have changed. */
    public void changed() {
        all.forEach(Follower::changed);
    }

    @Override
    public void close() {
        all.forEach(Follower::close);
    }
}
