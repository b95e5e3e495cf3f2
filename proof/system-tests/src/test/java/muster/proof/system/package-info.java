/** The whole program as its users meet it: real processes, real peers, real sockets. Nothing here knows a class of Muster. */
@NullMarked
package muster.proof.system;

import org.jspecify.annotations.NullMarked;
