/**
 * HTTP/1.1, both ends, in blocking style: a task for each connection of the server, and pooled
 * connections of the client. Start reading at {@link dev.ballast.oci.http.HttpServer} and {@link
 * dev.ballast.oci.http.HttpClient}. It is here, and not a library's, for {@code transferTo}: a blob
 * goes from the disk to the network without passing through this process.
 */
@NullMarked
package dev.ballast.oci.http;

import org.jspecify.annotations.NullMarked;
