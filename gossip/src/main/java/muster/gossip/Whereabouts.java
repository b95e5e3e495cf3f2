package muster.gossip;

import muster.gossip.wire.Bytes;
import muster.gossip.wire.Coordinate;
import muster.gossip.wire.CoordinateCodec;
import muster.gossip.wire.Decoded;
import org.jspecify.annotations.Nullable;

/** Network coordinates: ours rides on each ack, and each ack to us moves ours. */
final class Whereabouts {
    private final World world;
    private final Vivaldi vivaldi;
    private @Nullable Coordinate encodedFor;
    private Bytes encoded = Bytes.EMPTY;

    Whereabouts(World world) {
        this.world = world;
        this.vivaldi = new Vivaldi(world.random);
    }

    Bytes payload() {
        Coordinate known = encodedFor;
        if (known == null || !known.equals(vivaldi.here())) {
            encodedFor = vivaldi.here();
            encoded = CoordinateCodec.encode(vivaldi.here());
        }
        return encoded;
    }

    void measured(Row row, Bytes payload, long nanos) {
        if (payload.isEmpty()) {
            return;
        }
        switch (CoordinateCodec.decode(payload)) {
            case Decoded.Ok<Coordinate>(Coordinate there) -> {
                Coordinate before = vivaldi.here();
                if (vivaldi.measured(row.trips, there, nanos)) {
                    row.coordinate = there;
                    world.measured(Figure.sample(
                            "serf.coordinate.adjustment-ms", Vivaldi.distance(before, vivaldi.here()) * 1e3));
                } else {
                    world.count("serf.coordinate.rejected");
                    world.count(Counter.COORDINATES_REFUSED);
                }
            }
            case Decoded.Rejected<Coordinate>(var reason, var offset) -> world.count(Counter.COORDINATES_REFUSED);
        }
    }

    Coordinate here() {
        return vivaldi.here();
    }

    long resets() {
        return vivaldi.resets();
    }
}
