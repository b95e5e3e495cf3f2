package muster.supervisor;

import muster.proof.architecture.Breaks;
import muster.supervisor.linux.planted.Edge;

@Breaks("pure_supervisor_does_not_know_its_edge")
public final class PlantedKnowsTheEdge {
    void call(Edge edge) {
        edge.fork();
    }
}
