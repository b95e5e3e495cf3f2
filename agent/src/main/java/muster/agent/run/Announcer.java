package muster.agent.run;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.agent.Agent;
import muster.agent.configuration.ServiceOption;
import muster.agent.fleet.Announcements;
import muster.agent.logging.LogLevel;
import muster.balancing.Announcement;
import muster.balancing.Announcement.Condition;
import muster.balancing.ServiceTag;
import muster.gossip.wire.Message;
import muster.supervisor.ServiceSpec;
import muster.supervisor.runner.Listener;
import org.jspecify.annotations.Nullable;

/** Puts the services that are ready, or drain, into the tags of this node. Called by the supervisor's loop. */
final class Announcer implements Listener {
    // Without it, an app that is not ready on a node with the tag role=backend would look like a plain Serf agent's.
    private static final SortedMap<String, String> NOTHING_READY =
            Collections.unmodifiableSortedMap(new TreeMap<>(Map.of(Announcements.SPEAKS_FOR_ITSELF, "run")));

    /** What the cluster hears of a service. */
    private enum Word {
        NOTHING(" announced no more", null),
        READY(" announced", Condition.READY),
        UNREADY(" announced as unready", Condition.UNREADY),
        DRAINING(" announced as draining", Condition.DRAINING);

        private final String said;
        private final @Nullable Condition condition;

        Word(String said, @Nullable Condition condition) {
            this.said = said;
            this.condition = condition;
        }
    }

    private final Agent agent;
    private final Journal journal;
    private final Map<String, List<ServiceOption>> announced = new TreeMap<>();
    private final Map<String, Word> words = new HashMap<>();

    /** Throws {@link IllegalArgumentException} when all of it does not fit into the tags, or an operator has set some of it. */
    Announcer(Agent agent, List<Plan> plans, Journal journal) {
        this.agent = agent;
        this.journal = journal;
        var keys = new HashSet<>(NOTHING_READY.keySet());
        for (Plan plan : plans) {
            plan.announced().forEach(service -> keys.add(ServiceTag.KEY_PREFIX + service.name()));
            if (!plan.announced().isEmpty()) {
                announced.put(plan.service().name(), plan.announced());
                // At the end, as draining, a service takes the most room: found out then, its last requests would fail.
                words.put(plan.service().name(), Word.DRAINING);
            }
        }
        agent.reserve(keys);
        int bytes = agent.tagBytesWith(tags());
        if (bytes > Message.META_BYTES_MAX) {
            throw new IllegalArgumentException("the tags of this node and its services take " + bytes
                    + " bytes and may take " + Message.META_BYTES_MAX
                    + ": use fewer or shorter tags (-tag), service names or check paths");
        }
        words.clear();
        agent.announce(NOTHING_READY);
    }

    @Override
    public void ready(ServiceSpec service) {
        say(service, Word.READY);
    }

    @Override
    public void notReady(ServiceSpec service, String reason) {
        say(service, Word.NOTHING);
    }

    /** Not taken back: where all are overloaded, there would be nobody left, and the first that is back would have all requests. */
    @Override
    public void unwell(ServiceSpec service, String reason) {
        say(service, Word.UNREADY);
    }

    @Override
    public void draining(ServiceSpec service) {
        say(service, Word.DRAINING);
    }

    private void say(ServiceSpec service, Word word) {
        if (announced.containsKey(service.name())) {
            Word before = words.put(service.name(), word);
            if (word != (before == null ? Word.NOTHING : before)) {
                agent.announce(tags());
                journal.line(LogLevel.INFO, service, word.said);
            }
        }
    }

    private SortedMap<String, String> tags() {
        var tags = new TreeMap<>(NOTHING_READY);
        announced.forEach((name, services) -> {
            Condition condition = words.getOrDefault(name, Word.NOTHING).condition;
            if (condition != null) {
                for (ServiceOption service : services) {
                    tags.put(
                            ServiceTag.KEY_PREFIX + service.name(),
                            ServiceTag.format(new Announcement.Service(
                                    service.name(),
                                    service.port(),
                                    service.protocol(),
                                    service.checkPath(),
                                    service.weight(),
                                    condition)));
                }
            }
        });
        return Collections.unmodifiableSortedMap(tags);
    }
}
