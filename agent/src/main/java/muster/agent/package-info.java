/** The program: sockets, clocks, files, configuration, RPC and the command line; wires the rooms. */
@NullMarked
package muster.agent;

import org.jspecify.annotations.NullMarked;
