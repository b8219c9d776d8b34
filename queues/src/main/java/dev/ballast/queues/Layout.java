package dev.ballast.queues;

import org.jspecify.annotations.Nullable;

/**
 * Bases of the queues that keep what producers write, what consumers write and what nobody writes
 * at least 128 bytes (two cache lines, for the adjacent-line prefetch) apart. The virtual machine
 * lays out the fields of a class after those of its superclass, but may fill the superclass's
 * alignment gaps with small ones: padding made of bytes leaves no gap to fill. A gap before the
 * first field takes some of the last padding, so each has 136 bytes.
 */
@SuppressWarnings({"unused", "UnusedVariable"})
final class Layout {
  private Layout() {}

  abstract static class IndexPad0<E> extends QueueBase<E> {
    byte a00, a01, a02, a03, a04, a05, a06, a07;
    byte a10, a11, a12, a13, a14, a15, a16, a17;
    byte a20, a21, a22, a23, a24, a25, a26, a27;
    byte a30, a31, a32, a33, a34, a35, a36, a37;
    byte a40, a41, a42, a43, a44, a45, a46, a47;
    byte a50, a51, a52, a53, a54, a55, a56, a57;
    byte a60, a61, a62, a63, a64, a65, a66, a67;
    byte a70, a71, a72, a73, a74, a75, a76, a77;
    byte a80, a81, a82, a83, a84, a85, a86, a87;
    byte a90, a91, a92, a93, a94, a95, a96, a97;
    byte aa0, aa1, aa2, aa3, aa4, aa5, aa6, aa7;
    byte ab0, ab1, ab2, ab3, ab4, ab5, ab6, ab7;
    byte ac0, ac1, ac2, ac3, ac4, ac5, ac6, ac7;
    byte ad0, ad1, ad2, ad3, ad4, ad5, ad6, ad7;
    byte ae0, ae1, ae2, ae3, ae4, ae5, ae6, ae7;
    byte af0, af1, af2, af3, af4, af5, af6, af7;
    byte ag0, ag1, ag2, ag3, ag4, ag5, ag6, ag7;
  }

  abstract static class IndexTail<E> extends IndexPad0<E> {
    /** The next number to fill, and up to where producers know that there is room. */
    volatile long tail;

    long tailLimit;

    /** Of a chain of segments: the one that is being filled, and its cells. */
    @Nullable Object tailSegment;

    @Nullable Object @Nullable [] tailCells;

    /**
     * Of one producer: how many cells it took over from a consumer that was still to empty them.
     */
    int tailTakeovers;
  }

  abstract static class IndexPad1<E> extends IndexTail<E> {
    byte b00, b01, b02, b03, b04, b05, b06, b07;
    byte b10, b11, b12, b13, b14, b15, b16, b17;
    byte b20, b21, b22, b23, b24, b25, b26, b27;
    byte b30, b31, b32, b33, b34, b35, b36, b37;
    byte b40, b41, b42, b43, b44, b45, b46, b47;
    byte b50, b51, b52, b53, b54, b55, b56, b57;
    byte b60, b61, b62, b63, b64, b65, b66, b67;
    byte b70, b71, b72, b73, b74, b75, b76, b77;
    byte b80, b81, b82, b83, b84, b85, b86, b87;
    byte b90, b91, b92, b93, b94, b95, b96, b97;
    byte ba0, ba1, ba2, ba3, ba4, ba5, ba6, ba7;
    byte bb0, bb1, bb2, bb3, bb4, bb5, bb6, bb7;
    byte bc0, bc1, bc2, bc3, bc4, bc5, bc6, bc7;
    byte bd0, bd1, bd2, bd3, bd4, bd5, bd6, bd7;
    byte be0, be1, be2, be3, be4, be5, be6, be7;
    byte bf0, bf1, bf2, bf3, bf4, bf5, bf6, bf7;
    byte bg0, bg1, bg2, bg3, bg4, bg5, bg6, bg7;
  }

  abstract static class IndexHead<E> extends IndexPad1<E> {
    /** The next number to take, and up to where consumers know that there are elements. */
    volatile long head;

    long headLimit;

    /** Elements that were removed from the middle, and whose cells were not passed yet. */
    volatile int withdrawn;

    /** Of one consumer: places that it passed before their producer came, and the one it showed. */
    volatile int headGaps;

    int headShown;

    /** Of a chain of segments: the one that is being emptied, and its cells. */
    @Nullable Object headSegment;

    @Nullable Object @Nullable [] headCells;

    /** Of one consumer: what an empty cell holds in this round, and what it will in the next. */
    @Nullable Object emptyNow;

    @Nullable Object emptyNext;

    /** Of many consumers: how many found that the producer had taken over their cell. */
    volatile int headTakeovers;
  }

  /** A queue with two numbers. */
  abstract static class Indexed<E> extends IndexHead<E> {
    byte c00, c01, c02, c03, c04, c05, c06, c07;
    byte c10, c11, c12, c13, c14, c15, c16, c17;
    byte c20, c21, c22, c23, c24, c25, c26, c27;
    byte c30, c31, c32, c33, c34, c35, c36, c37;
    byte c40, c41, c42, c43, c44, c45, c46, c47;
    byte c50, c51, c52, c53, c54, c55, c56, c57;
    byte c60, c61, c62, c63, c64, c65, c66, c67;
    byte c70, c71, c72, c73, c74, c75, c76, c77;
    byte c80, c81, c82, c83, c84, c85, c86, c87;
    byte c90, c91, c92, c93, c94, c95, c96, c97;
    byte ca0, ca1, ca2, ca3, ca4, ca5, ca6, ca7;
    byte cb0, cb1, cb2, cb3, cb4, cb5, cb6, cb7;
    byte cc0, cc1, cc2, cc3, cc4, cc5, cc6, cc7;
    byte cd0, cd1, cd2, cd3, cd4, cd5, cd6, cd7;
    byte ce0, ce1, ce2, ce3, ce4, ce5, ce6, ce7;
    byte cf0, cf1, cf2, cf3, cf4, cf5, cf6, cf7;
    byte cg0, cg1, cg2, cg3, cg4, cg5, cg6, cg7;
  }

  abstract static class EndPad0<E> extends QueueBase<E> {
    byte a00, a01, a02, a03, a04, a05, a06, a07;
    byte a10, a11, a12, a13, a14, a15, a16, a17;
    byte a20, a21, a22, a23, a24, a25, a26, a27;
    byte a30, a31, a32, a33, a34, a35, a36, a37;
    byte a40, a41, a42, a43, a44, a45, a46, a47;
    byte a50, a51, a52, a53, a54, a55, a56, a57;
    byte a60, a61, a62, a63, a64, a65, a66, a67;
    byte a70, a71, a72, a73, a74, a75, a76, a77;
    byte a80, a81, a82, a83, a84, a85, a86, a87;
    byte a90, a91, a92, a93, a94, a95, a96, a97;
    byte aa0, aa1, aa2, aa3, aa4, aa5, aa6, aa7;
    byte ab0, ab1, ab2, ab3, ab4, ab5, ab6, ab7;
    byte ac0, ac1, ac2, ac3, ac4, ac5, ac6, ac7;
    byte ad0, ad1, ad2, ad3, ad4, ad5, ad6, ad7;
    byte ae0, ae1, ae2, ae3, ae4, ae5, ae6, ae7;
    byte af0, af1, af2, af3, af4, af5, af6, af7;
    byte ag0, ag1, ag2, ag3, ag4, ag5, ag6, ag7;
  }

  abstract static class EndTail<E> extends EndPad0<E> {
    /** Near the last of a chain. */
    volatile @Nullable Object last;
  }

  abstract static class EndPad1<E> extends EndTail<E> {
    byte b00, b01, b02, b03, b04, b05, b06, b07;
    byte b10, b11, b12, b13, b14, b15, b16, b17;
    byte b20, b21, b22, b23, b24, b25, b26, b27;
    byte b30, b31, b32, b33, b34, b35, b36, b37;
    byte b40, b41, b42, b43, b44, b45, b46, b47;
    byte b50, b51, b52, b53, b54, b55, b56, b57;
    byte b60, b61, b62, b63, b64, b65, b66, b67;
    byte b70, b71, b72, b73, b74, b75, b76, b77;
    byte b80, b81, b82, b83, b84, b85, b86, b87;
    byte b90, b91, b92, b93, b94, b95, b96, b97;
    byte ba0, ba1, ba2, ba3, ba4, ba5, ba6, ba7;
    byte bb0, bb1, bb2, bb3, bb4, bb5, bb6, bb7;
    byte bc0, bc1, bc2, bc3, bc4, bc5, bc6, bc7;
    byte bd0, bd1, bd2, bd3, bd4, bd5, bd6, bd7;
    byte be0, be1, be2, be3, be4, be5, be6, be7;
    byte bf0, bf1, bf2, bf3, bf4, bf5, bf6, bf7;
    byte bg0, bg1, bg2, bg3, bg4, bg5, bg6, bg7;
  }

  abstract static class EndHead<E> extends EndPad1<E> {
    /** The first of a chain. */
    volatile @Nullable Object first;
  }

  /** A queue with two ends of a chain. */
  abstract static class Ended<E> extends EndHead<E> {
    byte c00, c01, c02, c03, c04, c05, c06, c07;
    byte c10, c11, c12, c13, c14, c15, c16, c17;
    byte c20, c21, c22, c23, c24, c25, c26, c27;
    byte c30, c31, c32, c33, c34, c35, c36, c37;
    byte c40, c41, c42, c43, c44, c45, c46, c47;
    byte c50, c51, c52, c53, c54, c55, c56, c57;
    byte c60, c61, c62, c63, c64, c65, c66, c67;
    byte c70, c71, c72, c73, c74, c75, c76, c77;
    byte c80, c81, c82, c83, c84, c85, c86, c87;
    byte c90, c91, c92, c93, c94, c95, c96, c97;
    byte ca0, ca1, ca2, ca3, ca4, ca5, ca6, ca7;
    byte cb0, cb1, cb2, cb3, cb4, cb5, cb6, cb7;
    byte cc0, cc1, cc2, cc3, cc4, cc5, cc6, cc7;
    byte cd0, cd1, cd2, cd3, cd4, cd5, cd6, cd7;
    byte ce0, ce1, ce2, ce3, ce4, ce5, ce6, ce7;
    byte cf0, cf1, cf2, cf3, cf4, cf5, cf6, cf7;
    byte cg0, cg1, cg2, cg3, cg4, cg5, cg6, cg7;
  }

  abstract static class CountPad0 {
    byte a00, a01, a02, a03, a04, a05, a06, a07;
    byte a10, a11, a12, a13, a14, a15, a16, a17;
    byte a20, a21, a22, a23, a24, a25, a26, a27;
    byte a30, a31, a32, a33, a34, a35, a36, a37;
    byte a40, a41, a42, a43, a44, a45, a46, a47;
    byte a50, a51, a52, a53, a54, a55, a56, a57;
    byte a60, a61, a62, a63, a64, a65, a66, a67;
    byte a70, a71, a72, a73, a74, a75, a76, a77;
    byte a80, a81, a82, a83, a84, a85, a86, a87;
    byte a90, a91, a92, a93, a94, a95, a96, a97;
    byte aa0, aa1, aa2, aa3, aa4, aa5, aa6, aa7;
    byte ab0, ab1, ab2, ab3, ab4, ab5, ab6, ab7;
    byte ac0, ac1, ac2, ac3, ac4, ac5, ac6, ac7;
    byte ad0, ad1, ad2, ad3, ad4, ad5, ad6, ad7;
    byte ae0, ae1, ae2, ae3, ae4, ae5, ae6, ae7;
    byte af0, af1, af2, af3, af4, af5, af6, af7;
    byte ag0, ag1, ag2, ag3, ag4, ag5, ag6, ag7;
  }

  abstract static class CountTail extends CountPad0 {
    volatile long enters;

    /** What only the thread that enters uses. */
    long entersOwn;
  }

  abstract static class CountPad1 extends CountTail {
    byte b00, b01, b02, b03, b04, b05, b06, b07;
    byte b10, b11, b12, b13, b14, b15, b16, b17;
    byte b20, b21, b22, b23, b24, b25, b26, b27;
    byte b30, b31, b32, b33, b34, b35, b36, b37;
    byte b40, b41, b42, b43, b44, b45, b46, b47;
    byte b50, b51, b52, b53, b54, b55, b56, b57;
    byte b60, b61, b62, b63, b64, b65, b66, b67;
    byte b70, b71, b72, b73, b74, b75, b76, b77;
    byte b80, b81, b82, b83, b84, b85, b86, b87;
    byte b90, b91, b92, b93, b94, b95, b96, b97;
    byte ba0, ba1, ba2, ba3, ba4, ba5, ba6, ba7;
    byte bb0, bb1, bb2, bb3, bb4, bb5, bb6, bb7;
    byte bc0, bc1, bc2, bc3, bc4, bc5, bc6, bc7;
    byte bd0, bd1, bd2, bd3, bd4, bd5, bd6, bd7;
    byte be0, be1, be2, be3, be4, be5, be6, be7;
    byte bf0, bf1, bf2, bf3, bf4, bf5, bf6, bf7;
    byte bg0, bg1, bg2, bg3, bg4, bg5, bg6, bg7;
  }

  abstract static class CountHead extends CountPad1 {
    volatile long leaves;

    /** A number that was entered, as those who leave have seen it, to look there less often. */
    long entersSeen;
  }

  /** A segment with two counters. */
  abstract static class Counted extends CountHead {
    byte c00, c01, c02, c03, c04, c05, c06, c07;
    byte c10, c11, c12, c13, c14, c15, c16, c17;
    byte c20, c21, c22, c23, c24, c25, c26, c27;
    byte c30, c31, c32, c33, c34, c35, c36, c37;
    byte c40, c41, c42, c43, c44, c45, c46, c47;
    byte c50, c51, c52, c53, c54, c55, c56, c57;
    byte c60, c61, c62, c63, c64, c65, c66, c67;
    byte c70, c71, c72, c73, c74, c75, c76, c77;
    byte c80, c81, c82, c83, c84, c85, c86, c87;
    byte c90, c91, c92, c93, c94, c95, c96, c97;
    byte ca0, ca1, ca2, ca3, ca4, ca5, ca6, ca7;
    byte cb0, cb1, cb2, cb3, cb4, cb5, cb6, cb7;
    byte cc0, cc1, cc2, cc3, cc4, cc5, cc6, cc7;
    byte cd0, cd1, cd2, cd3, cd4, cd5, cd6, cd7;
    byte ce0, ce1, ce2, ce3, ce4, ce5, ce6, ce7;
    byte cf0, cf1, cf2, cf3, cf4, cf5, cf6, cf7;
    byte cg0, cg1, cg2, cg3, cg4, cg5, cg6, cg7;
  }
}
