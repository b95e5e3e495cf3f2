package muster.haproxy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muster.balancing.Announcement;

/**
 * What membership says of each address now, beside a text that was rendered a moment ago or, where a newer one was refused,
 * long ago. So doubt moves traffic whatever the template makes of it, and without a file, a check or a reload.
 *
 * @param trusts by address
 */
record Outlook(Map<Place, Trust> trusts) {

    static final Outlook NOBODY = new Outlook(Map.of());

    /** An address as HAProxy writes it. */
    record Place(String host, int port) {}

    Outlook {
        trusts = Map.copyOf(trusts);
    }

    static Outlook of(List<Announcement> announcements) {
        var trusts = new HashMap<Place, Trust>();
        for (Announcement announcement : announcements) {
            String host = ServerLine.canonical(announcement.host());
            if (host == null || announcement.presence().isGone()) {
                continue;
            }
            for (Announcement.Service service : announcement.services()) {
                // Two that offer one address: the better one counts.
                trusts.merge(
                        new Place(host, service.port()),
                        trust(announcement, service),
                        (one, other) -> one.compareTo(other) <= 0 ? one : other);
            }
        }
        return new Outlook(trusts);
    }

    private static Trust trust(Announcement announcement, Announcement.Service service) {
        return switch (announcement.presence()) {
            case ALIVE, SUSPECT ->
                switch (service.condition()) {
                    case DRAINING -> Trust.DRAINING;
                    case UNREADY -> Trust.UNREADY;
                    case READY -> announcement.presence() == Announcement.Presence.ALIVE ? Trust.READY : Trust.SUSPECT;
                };
            case LEAVING -> Trust.DRAINING;
            case LEFT, FAILED -> Trust.GONE;
        };
    }

    /** @param then what was known when the line was rendered */
    Trust of(ServerLine line, Outlook then) {
        if (line.host() == null) {
            return Trust.READY;
        }
        var place = new Place(line.host(), line.port());
        return trusts.getOrDefault(place, then.trusts.containsKey(place) ? Trust.GONE : Trust.READY);
    }
}
