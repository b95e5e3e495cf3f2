package muster.templating;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import muster.balancing.Announcement;
import muster.balancing.Announcement.Condition;
import muster.balancing.Announcement.Presence;
import muster.balancing.Announcement.Service;

/** Announcements in a line or two. */
final class Nodes {
    private final String name;
    private final String host;
    private final TreeMap<String, String> tags = new TreeMap<>();
    private final List<Service> services = new ArrayList<>();
    private Presence presence = Presence.ALIVE;

    private Nodes(String name, String host) {
        this.name = name;
        this.host = host;
    }

    static Nodes node(String name, String host) {
        return new Nodes(name, host);
    }

    Nodes tag(String key, String value) {
        tags.put(key, value);
        return this;
    }

    Nodes offers(String service, int port) {
        services.add(new Service(service, port, "http", "", 10, Condition.READY));
        return this;
    }

    Nodes offers(Service service) {
        services.add(service);
        return this;
    }

    Nodes is(Presence said) {
        presence = said;
        return this;
    }

    Announcement announcement() {
        return new Announcement(name, host, tags, presence, List.copyOf(services));
    }

    static Model model(Nodes... nodes) {
        return Model.of(Arrays.stream(nodes).map(Nodes::announcement).toList());
    }
}
