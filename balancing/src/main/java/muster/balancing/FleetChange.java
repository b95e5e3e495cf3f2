package muster.balancing;

/** One difference between a fleet and the version before it: a line in a log, a command to a driven load balancer. */
public sealed interface FleetChange {
    Backend backend();

    /** For a log: one fact, {@code key=value}, backend first. */
    String line();

    record Added(Backend backend) implements FleetChange {
        @Override
        public String line() {
            return "backend=" + backend + " added state=" + backend.state() + " weight=" + backend.weight();
        }
    }

    /** It is GONE, and in no pool any more. */
    record Removed(Backend backend) implements FleetChange {
        @Override
        public String line() {
            return "backend=" + backend + " removed reason=\"" + backend.reason() + "\"";
        }
    }

    /** Membership changed its word; the backend's own state may be worse by this balancer's evidence. */
    record Turned(Backend backend, Backend.State from, Backend.State to, String reason) implements FleetChange {
        @Override
        public String line() {
            return "backend=" + backend + " state=" + to + " was=" + from + " reason=\"" + reason + "\"";
        }
    }

    /** Weight, protocol or check path are different. */
    record Altered(Backend backend, int weight, String protocol, String checkPath) implements FleetChange {
        @Override
        public String line() {
            return "backend=" + backend + " weight=" + weight + " proto=" + protocol + " check=" + checkPath;
        }
    }
}
