/** How a request reaches a backend: Netty as the carrier, an HTTP/1.1 exchange of our own on it. */
@NullMarked
package muster.proxy;

import org.jspecify.annotations.NullMarked;
