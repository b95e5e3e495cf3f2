package muster.agent.run;

import java.util.List;
import muster.agent.configuration.ServiceOption;
import muster.supervisor.ServiceSpec;

/**
 * One service of this node.
 *
 * @param needsFrom where it is said what it depends on: a place in a file
 * @param announced what it serves to the cluster while it is ready
 */
public record Plan(ServiceSpec service, String needsFrom, List<ServiceOption> announced) {
    public Plan {
        announced = List.copyOf(announced);
    }
}
