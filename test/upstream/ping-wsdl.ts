import { PING_ACTION } from './ping-message.js';

/**
 * The WSDL of the plain Ping service at `/NAME`, as .NET would write it: addresses from the Host of the request, the
 * schema in a document of its own (`?xsd=ping`). The port is `NAME_IPingService`, for SOAP 1.2; the service does not care
 * which SOAP it is.
 *
 * @param address of the service, without a query
 * @param query with its `?`
 * @returns undefined for another query
 */
export function writePingDocument(address: string, query: string): string | undefined {
  const name = address.slice(address.lastIndexOf('/') + 1);
  if (/^\?wsdl$/i.test(query)) return pingWsdl(address, `${name}_IPingService`);
  return query === '?xsd=ping' ? PING_SCHEMA : undefined;
}

function pingWsdl(address: string, port: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:tns="http://WSSec/wssc" name="PingService" targetNamespace="http://WSSec/wssc">
  <wsdl:types>
    <xsd:schema targetNamespace="http://WSSec/wssc" xmlns:ping="http://xmlsoap.org/Ping">
      <xsd:import namespace="http://xmlsoap.org/Ping" schemaLocation="${address}?xsd=ping"/>
      <xsd:element name="PingRequest">
        <xsd:complexType><xsd:sequence><xsd:element minOccurs="0" ref="ping:Ping"/></xsd:sequence></xsd:complexType>
      </xsd:element>
      <xsd:element name="PingResponse">
        <xsd:complexType><xsd:sequence><xsd:element minOccurs="0" ref="ping:PingResponse"/></xsd:sequence></xsd:complexType>
      </xsd:element>
    </xsd:schema>
  </wsdl:types>
  <wsdl:message name="PingRequest"><wsdl:part name="parameters" element="tns:PingRequest"/></wsdl:message>
  <wsdl:message name="PingResponse"><wsdl:part name="parameters" element="tns:PingResponse"/></wsdl:message>
  <wsdl:portType name="IPingService">
    <wsdl:operation name="Ping">
      <wsdl:input name="PingRequest" message="tns:PingRequest" wsaw:Action="${PING_ACTION}" xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl"/>
      <wsdl:output name="PingResponse" message="tns:PingResponse" wsaw:Action="${PING_ACTION}" xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl"/>
    </wsdl:operation>
  </wsdl:portType>
  <wsdl:binding name="${port}" type="tns:IPingService">
    <soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="Ping">
      <soap12:operation soapAction="${PING_ACTION}" style="document"/>
      <wsdl:input name="PingRequest"><soap12:body use="literal"/></wsdl:input>
      <wsdl:output name="PingResponse"><soap12:body use="literal"/></wsdl:output>
    </wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="PingService">
    <wsdl:port name="${port}" binding="tns:${port}"><soap12:address location="${address}"/></wsdl:port>
  </wsdl:service>
</wsdl:definitions>
`;
}

const PING_SCHEMA = `<?xml version="1.0" encoding="utf-8"?>
<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:tns="http://xmlsoap.org/Ping" elementFormDefault="qualified" targetNamespace="http://xmlsoap.org/Ping">
  <xsd:complexType name="Ping">
    <xsd:sequence>
      <xsd:element name="scenario" nillable="true" type="xsd:string"/>
      <xsd:element name="origin" nillable="true" type="xsd:string"/>
      <xsd:element name="text" nillable="true" type="xsd:string"/>
    </xsd:sequence>
  </xsd:complexType>
  <xsd:element name="Ping" type="tns:Ping"/>
  <xsd:element name="PingResponse" type="tns:Ping"/>
</xsd:schema>
`;
