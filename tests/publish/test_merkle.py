"""The tree against the vectors of Certificate Transparency, and every proof of every small tree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.publish.log import merkle, tiles
from services.publish.log.merkle import Node
from services.publish.log.tiles import Tile

# The test data of github.com/google/certificate-transparency, merkletree/merkle_tree_test.cc.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def reader(hashes: list[bytes]) -> merkle.Read:
    stored: dict[Node, bytes] = {}

    def one(node: Node) -> bytes:
        if node not in stored:
            level, number = node
            below = [Node(level - 1, 2 * number), Node(level - 1, 2 * number + 1)]
            stored[node] = hashes[number] if level == 0 else merkle.node_hash(*map(one, below))
        return stored[node]

    return lambda nodes: [one(node) for node in nodes]


READ = reader([merkle.leaf_hash(entry) for entry in ENTRIES])


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert merkle.root(size, READ).hex() == ROOTS[size]
    assert merkle.root_of(merkle.leaf_hash(entry) for entry in ENTRIES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_the_inclusion_proofs_are_those_of_certificate_transparency(index: int, size: int) -> None:
    assert [hash.hex() for hash in merkle.inclusion(index, size, READ)] == INCLUSION[index, size]


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_the_consistency_proofs_are_those_of_certificate_transparency(old: int, new: int) -> None:
    assert [hash.hex() for hash in merkle.consistency(old, new, READ)] == CONSISTENCY[old, new]


LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(101)]
ALL = reader(LEAVES)
ELSE = merkle.leaf_hash(b"else")
HEADS = [merkle.root_of(LEAVES[:size]) for size in range(101)]


def test_every_inclusion_proof_of_every_size_to_100_holds_and_no_other_leaf_has_it() -> None:
    for size in range(101):
        for index in range(size):
            path = merkle.inclusion(index, size, ALL)
            assert merkle.included(LEAVES[index], index, size, path, HEADS[size])
            assert not merkle.included(LEAVES[index + 1], index, size, path, HEADS[size])
            assert not merkle.included(LEAVES[index], index + 1, size, path, HEADS[size])
            assert not merkle.included(LEAVES[index], index, size, [*path, LEAVES[0]], HEADS[size])


def test_every_consistency_proof_of_every_two_sizes_to_100_holds() -> None:
    for new in range(101):
        for old in range(new + 1):
            path = merkle.consistency(old, new, ALL)
            assert merkle.consistent(old, new, HEADS[old], HEADS[new], path)
            assert not merkle.consistent(old, new, HEADS[old], ELSE, path) or old == 0
            assert not merkle.consistent(old, new, ELSE, HEADS[new], path)


@settings(deadline=None)
@given(st.integers(1, 100), st.data())
def test_a_proof_with_one_changed_bit_proves_nothing(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion(index, size, ALL)
    if path:
        at, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
        path[at] = (int.from_bytes(path[at], "big") ^ (1 << bit)).to_bytes(32, "big")
        assert not merkle.included(LEAVES[index], index, size, path, HEADS[size])


@settings(deadline=None)
@given(st.lists(st.integers(0, 600), max_size=6))
def test_tiles_grown_in_any_steps_give_the_same_tree(steps: list[int]) -> None:
    stored: dict[Tile, bytes] = {}
    leaves: list[bytes] = []
    for step in steps:
        more = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(len(leaves), len(leaves) + step)]
        stored |= tiles.extend({tile: stored[tile] for tile in tiles.edge(len(leaves))}, len(leaves), more)
        leaves += more
    edge = {tile: stored[tile] for tile in tiles.edge(len(leaves))}
    assert merkle.root(len(leaves), tiles.reader(lambda _: edge)) == merkle.root_of(leaves)
    read = tiles.reader(lambda wanted: {tile: stored[tile] for tile in wanted})
    for index in range(0, len(leaves), 97):
        path = merkle.inclusion(index, len(leaves), read)
        assert merkle.included(leaves[index], index, len(leaves), path, merkle.root_of(leaves))


def test_tiles_of_a_second_and_third_level_hold_the_roots_below() -> None:
    leaves = [number.to_bytes(32, "big") for number in range(65_536 + 300)]
    stored = tiles.extend({}, 0, leaves)
    assert set(stored) >= {Tile(0, 257), Tile(1, 0), Tile(1, 1), Tile(2, 0)}
    assert len(stored[Tile(1, 1)]) == 32
    assert stored[Tile(2, 0)] == merkle.root_of(leaves[:65_536])


@settings(deadline=None)
@given(st.sampled_from([None, 0, 1, 59]), st.integers(0, 10**10), st.integers(1, 256))
def test_a_tile_has_one_path(level: int | None, index: int, width: int) -> None:
    address = tiles.TilePath(level, index, width)
    assert tiles.read_path(tiles.tile_path(address)) == address


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/1",
        "0/001/002",
        "0/x001",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/257",
        "64/000",
        "00/000",
        "-1/000",
        "0/٠٠٠",
    ],
)
def test_a_path_that_names_nothing_is_refused(path: str) -> None:
    assert tiles.read_path(path) is None
