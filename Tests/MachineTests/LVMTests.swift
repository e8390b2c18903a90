import Machine
import Testing

@Suite struct `The programs of LVM` {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func `describe logical volumes in JSON`() throws {
    let output = """
        {
            "report": [
                {
                    "lv": [
                        {"vg_name":"vg", "vg_uuid":"syYiyO-GSJL", "lv_name":"as", \
      "lv_uuid":"nlC0Y7-bJKb", "lv_size":"67108864", "lv_attr":"swi-I-s---", \
      "lv_tags":"a,stillpoint_x", "origin":"a-b", "origin_uuid":"xqiwe8-ms4y", "pool_lv":"", \
      "data_percent":"15.75", "metadata_percent":"", "lv_check_needed":"unknown"},
                        {"vg_name":"vg", "vg_uuid":"syYiyO-GSJL", "lv_name":"pool", \
      "lv_uuid":"E9b4BD-wGBm", "lv_size":"629145600", "lv_attr":"twi-aotzD-", "lv_tags":"", \
      "origin":"", "origin_uuid":"", "pool_lv":"", "data_percent":"10.74", \
      "metadata_percent":"11.43", "lv_check_needed":"check needed"}
                    ]
                }
            ]
            ,
            "log": [
            ]
        }

      """
    let volumes = try #require(LogicalVolume.all(parsing: bytes(output)))
    #expect(
      volumes == [
        LogicalVolume(
          group: "vg",
          groupUUID: "syYiyO-GSJL",
          name: "as",
          uuid: "nlC0Y7-bJKb",
          sizeBytes: 64 << 20,
          attributes: "swi-I-s---",
          tags: ["a", "stillpoint_x"],
          origin: "a-b",
          originUUID: "xqiwe8-ms4y",
          dataPercent: 15.75
        ),
        LogicalVolume(
          group: "vg",
          groupUUID: "syYiyO-GSJL",
          name: "pool",
          uuid: "E9b4BD-wGBm",
          sizeBytes: 600 << 20,
          attributes: "twi-aotzD-",
          dataPercent: 10.74,
          metadataPercent: 11.43,
          needsCheck: true
        ),
      ]
    )
    #expect(volumes.map(\.isThickSnapshot) == [true, false])
    #expect(volumes.map(\.isInvalid) == [true, false])
    #expect(volumes.map(\.isThinPool) == [false, true])
    #expect(volumes.map(\.isOutOfService) == [false, true])
    #expect(LogicalVolume.all(parsing: bytes("{\"report\": [{\"lv\": []}]}")) == [])
  }

  @Test func `describe volume groups in JSON`() {
    let output = """
      {"report": [{"vg": [{"vg_name":"v\\\\g", "vg_uuid":"u", "vg_extent_size":"4194304", \
      "vg_extent_count":"1534", "vg_free_count":"1250"}]}], "log": []}
      """
    #expect(
      VolumeGroup.all(parsing: bytes(output)) == [
        VolumeGroup(
          name: "v\\g",
          uuid: "u",
          extentBytes: 4 << 20,
          extents: 1534,
          freeExtents: 1250
        )
      ]
    )
  }

  @Test(arguments: ["", "{", "[1, 2", "{\"report\" []}", "{}", "{\"report\": []} x", "\"\\x\""])
  func `are not believed when it is no report`(text: String) {
    #expect(LogicalVolume.all(parsing: bytes(text)) == nil)
  }

  @Test func `nest values only so deep`() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(VolumeGroup.all(parsing: bytes(deep)) == nil)
  }

  @Test func `say how full a volume snapshot is`() {
    func fill(_ text: String) -> SnapshotFill? { SnapshotFill(parsing: bytes(text)) }
    #expect(fill("0 819200 snapshot 3136/32768 24\n") == .used(3136.0 / 32768))
    #expect(fill("0 819200 snapshot Invalid\n") == .invalid)
    #expect(fill("0 819200 snapshot Overflow\n") == .invalid)
    #expect(fill("0 819200 linear \n") == nil)
    #expect(fill("0 819200 snapshot 5/0 0") == nil)
    #expect(fill("") == nil)
  }

  @Test func `are asked in their words`() {
    #expect(
      LVM.thickSnapshot(of: "vg/a", named: "s", tag: "t", extents: 7).description
        == "lvcreate --yes --quiet --autobackup n --snapshot --monitor n --extents 7 --addtag t "
        + "--name s vg/a"
    )
    // With a size it would become a thick one.
    #expect(
      LVM.thinSnapshot(of: "vg/a", named: "s", tag: "t").description
        == "lvcreate --yes --quiet --autobackup n --snapshot --setactivationskip n --activate y "
        + "--addtag t --name s vg/a"
    )
    #expect(
      LVM.remove("vg/s", uuid: "u-1", tag: "t").arguments == [
        "--yes", "--quiet", "--select", "lv_uuid=\"u-1\" && lv_tags=\"t\"", "vg/s",
      ]
    )
    #expect(LVM.deviceName(group: "my-vg", name: "a--b_c") == "my--vg-a----b_c")
  }
}
