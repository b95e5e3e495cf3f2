package muster.gossip;

import java.time.Duration;
import java.util.List;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.ConflictCodec;
import muster.gossip.wire.ConflictCodec.Place;
import muster.gossip.wire.Decoded;

/** Another member claims our name: those that know one of us decide, by majority of the answers, who keeps it. */
final class NameConflicts {
    static final String QUERY = Asking.INTERNAL + "conflict";

    private final World world;
    private final Roster roster;
    private final Asking asking;
    private boolean voting;

    NameConflicts(World world, Roster roster, Asking asking) {
        this.world = world;
        this.roster = roster;
        this.asking = asking;
    }

    /** What we know of a member, for those who ask. */
    static Bytes encode(Row row) {
        return ConflictCodec.encode(new ConflictCodec.Known(
                row.name, row.address.ip(), row.address.port(), row.tags, number(row.status), row.versions));
    }

    /** Serf's number. */
    private static int number(Member.Status status) {
        return switch (status) {
            case NONE -> 0;
            case ALIVE -> 1;
            case LEAVING -> 2;
            case LEFT -> 3;
            case FAILED -> 4;
        };
    }

    /** Somebody at another address says that it is us. */
    void contested() {
        if (voting) {
            return;
        }
        String error = asking.ask(
                Asking.RUNNING_MAX,
                QUERY,
                Bytes.utf8(world.settings.name()),
                List.of(),
                false,
                0,
                Duration.ZERO,
                new Vote());
        voting = error.isEmpty();
    }

    private final class Vote implements Asking.Asker {
        private int forUs;
        private int answers;

        @Override
        public void answered(String from, Bytes payload) {
            switch (ConflictCodec.decode(payload)) {
                case Decoded.Ok<Place>(Place(Bytes ip, int port)) -> {
                    answers++;
                    forUs += new Address(ip, port).samePlaceAs(roster.self().address) ? 1 : 0;
                }
                // Serf answers so when it does not know the name: that is no vote for the other.
                case Decoded.Rejected<Place>(var reason, var offset) ->
                    world.counters().add(reason);
            }
        }

        @Override
        public void ended(int expected, int acks, int all) {
            voting = false;
            if (answers == 0) {
                world.warn("serf: nobody knows who should be called " + world.settings.name());
            } else if (forUs >= answers / 2 + 1) {
                world.info("serf: majority in name conflict resolution [" + forUs + " / " + answers + "]");
            } else {
                world.count(Counter.NAMES_LOST);
                world.warn("serf: minority in name conflict resolution, quiting [" + forUs + " / " + answers + "]");
                world.tell(new Notice.NameLost(forUs, answers));
            }
        }
    }
}
