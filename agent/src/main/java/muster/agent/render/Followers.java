package muster.agent.render;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import muster.agent.Agent;
import muster.agent.balance.Announcements;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Schema;
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
            agent.listen(_ -> followers.changed());
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
        var announcements =
                new Announcements(configuration.value(Schema.POOL), configuration.value(Schema.BACKEND_PORT));
        return Model.of(announcements.everybody(members).announcements());
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
