package muster.agent.planted;

import muster.proof.architecture.Breaks;

@Breaks("only_the_linux_edge_is_native")
public final class ReadsRawMemory {
    java.lang.foreign.MemorySegment memory;
}
