package muster.gossip;

import java.util.ArrayList;
import java.util.List;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.SerfCodec;
import muster.gossip.wire.SerfMessage.EventsAt;
import muster.gossip.wire.SerfMessage.NamedPayload;
import muster.gossip.wire.SerfMessage.UserEvent;

/** User events: each is delivered once, told on, and kept for those that join later. */
final class UserEvents {
    private final World world;
    private final Rumours rumours;
    private final LamportClock clock;
    private final Recent<NamedPayload> recent;
    private long ignoredBefore;

    UserEvents(World world, Rumours rumours) {
        this.world = world;
        this.rumours = rumours;
        this.clock = new LamportClock(world);
        this.recent = new Recent<>(UserEvents::bytes, () -> world.count(Counter.EVENTS_FORGOTTEN));
    }

    private static int bytes(NamedPayload event) {
        return Bytes.utf8(event.name()).size() + event.payload().size();
    }

    void send(String name, Bytes payload, boolean coalesce) {
        // An operator may allow more than travels; Serf takes it then, and nobody hears it.
        int limit = Math.min(world.settings.sizes().event(), rumours.longest());
        if (bytes(new NamedPayload(name, payload)) > limit) {
            refuse("user event exceeds configured limit of " + limit + " bytes before encoding");
            return;
        }
        var event = new UserEvent(clock.time(), name, payload, coalesce);
        Bytes encoded = SerfCodec.encode(event);
        if (encoded.size() > limit) {
            refuse("encoded user event exceeds configured limit of " + limit + " bytes after encoding");
            return;
        }
        clock.stamp();
        heard(event, encoded);
    }

    /** In Serf's words. */
    private void refuse(String reason) {
        world.count(Counter.EVENTS_REFUSED);
        world.tell(new Notice.EventRefused(reason));
    }

    /** {@code encoded} is told on as it came. */
    void heard(UserEvent event, Bytes encoded) {
        if (fresh(event)) {
            rumours.event(encoded);
        }
    }

    /** Events that a peer remembers; they are not gossiped on, as every push/pull carries them. */
    void replay(List<EventsAt> remembered) {
        for (EventsAt at : remembered) {
            for (NamedPayload event : at.events()) {
                fresh(new UserEvent(at.time(), event.name(), event.payload(), false));
            }
        }
    }

    private boolean fresh(UserEvent event) {
        var content = new NamedPayload(event.name(), event.payload());
        if (bytes(content) > SerfCodec.EVENT_BYTES_MAX) {
            // No agent lets anybody send it, and it would be kept for long.
            world.count(Counter.EVENTS_TOO_LONG);
            return false;
        }
        if (!clock.witness(event.time()) || event.time() < ignoredBefore) {
            return false;
        }
        return switch (recent.see(event.time(), content, clock.time())) {
            case NEW -> {
                world.count("serf.events");
                world.count("serf.events." + event.name());
                world.tell(new Notice.UserEventSeen(event.time(), event.name(), event.payload(), event.coalesce()));
                yield true;
            }
            case SEEN -> {
                world.count(Counter.EVENTS_SEEN_BEFORE);
                yield false;
            }
            case TOO_OLD -> {
                world.count(Counter.EVENTS_TOO_OLD);
                world.warn("serf: received old event " + event.name() + " from time " + event.time() + " (current: "
                        + clock.time() + ")");
                yield false;
            }
            case TOO_MANY -> {
                world.count(Counter.EVENTS_AT_ONE_TIME_LIMITED);
                yield false;
            }
        };
    }

    /** What happened before we came is not for us. */
    void ignoreBefore(long time) {
        ignoredBefore = Math.max(ignoredBefore, time);
    }

    /** We had seen all up to {@code time} when we ended. */
    void recall(long time) {
        if (time > 0 && clock.witness(time)) {
            ignoreBefore(time + 1);
        }
    }

    List<EventsAt> remembered() {
        List<EventsAt> all = new ArrayList<>();
        recent.forEach((time, events) -> all.add(new EventsAt(time, List.copyOf(events))));
        return all;
    }

    LamportClock clock() {
        return clock;
    }

    int size() {
        return recent.size();
    }
}
