package muster.balancing.planted;

import muster.agent.planted.Caller;
import muster.proof.architecture.Breaks;

@Breaks({"nothing_knows_the_agent", "balancing_knows_only_the_jdk"})
public final class CallsTheAgent {
    void call(Caller caller) {
        caller.called();
    }
}
