/**
 * What a module may answer, by command and form, where a test form does not say it already. The value that it is read to
 * is made by the table.
 */
export const samples: Readonly<Record<string, readonly string[]>> = {
  'CCHOPEN.read': ['+CCHOPEN: 0,"api.example.com",443,2', '+CCHOPEN: 1,"10.0.0.7",8080,1,5000'],
  'CCHSEND.read': ['+CCHSEND: 0,0,1,2048'],
  'CCHRECV.read': ['+CCHRECV: LEN,249,0'],
  'CCHADDR.execute': ['+CCHADDR: 10.71.155.118'],
  'CCHCFG.read': ['+CCHCFG: 0,150,0', '+CCHCFG: 1,60,9'],
  'CCHSSLCFG.read': ['+CCHSSLCFG: 0,', '+CCHSSLCFG: 1,9'],
  'CCHMODE.read': ['+CCHMODE: 0'],
  'CCHSET.read': ['+CCHSET: 1,1'],
  'CSSLCFG.query': ['+CSSLCFG: 0,4,1,1,300,"ca.pem","","",1,"",0xFFFF'],
  'CCERTLIST.execute': ['+CCERTLIST: "ca.pem"', '+CCERTLIST: "client_key.der"'],
};
