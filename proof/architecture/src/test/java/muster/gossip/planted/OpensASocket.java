package muster.gossip.planted;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import muster.proof.architecture.Breaks;

@Breaks("no_network")
public final class OpensASocket {
    DatagramChannel open() throws IOException {
        return DatagramChannel.open();
    }
}
