package muster.agent.run;

import java.util.List;
import muster.agent.configuration.ServiceOption;
import muster.supervisor.ServiceSpec;

/**
 * One service of this node.
 *
 * @param announced what it serves to the cluster while it is ready
 */
public record Plan(ServiceSpec service, List<ServiceOption> announced) {
    public Plan {
        announced = List.copyOf(announced);
    }
}
